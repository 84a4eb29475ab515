import Tenancy

/// What the standard mails say, in Liquid; their look is `Defaults/layout.liquid`.
struct StandardTexts: Sendable {
    let subject: String
    let heading: String
    let lead: String
    /// What is written on the button that leads to `url`.
    var button = ""
    let note: String

    init(_ kind: OutgoingMessage.Kind) {
        switch kind {
        case .verifyEmail:
            self.init(
                subject: "Verify your email", heading: "Verify your email address",
                lead: "Thank you for signing up for {{ tenant_name }}. Please confirm that {{ user.email }} is yours.",
                button: "Verify my email address",
                note: "If you did not sign up, ignore this message: without the confirmation nothing happens.")
        case .resetEmail:
            self.init(
                subject: "Reset your password", heading: "Choose a new password",
                lead:
                    "Somebody, most likely you, asked to change the password of {{ user.email }} at {{ tenant_name }}.",
                button: "Choose a new password",
                note:
                    "The link works once. If you did not ask for it, ignore this message: your password stays as it is."
            )
        case .welcomeEmail:
            self.init(
                subject: "Welcome to {{ application.name | default: tenant_name }}",
                heading: "Welcome to {{ application.name | default: tenant_name }}",
                lead: "Your account for {{ user.email }} is ready.",
                note: "You receive this message because an account was made with your address.")
        case .blockedAccount:
            self.init(
                subject: "Your account has been blocked", heading: "We have blocked suspicious logins",
                lead: """
                    There were too many failed logins to your account at {{ tenant_name }} from the address \
                    {{ user.source_ip }}. Logins from there are blocked; from elsewhere you can log in as always.
                    """,
                button: "It was me: end the block",
                note: "If it was not you, there is nothing you need to do. A new password ends the block as well.")
        case .stolenCredentials:
            self.init(
                subject: "Your password is known to others", heading: "Your password has been leaked",
                lead: """
                    The password you use at {{ tenant_name }} is in a collection of passwords stolen elsewhere. \
                    We have blocked logins with it. Please choose another, here and wherever you use it.
                    """,
                button: "Choose a new password",
                note: "This does not mean that anybody has broken into your account here.")
        case .enrollmentEmail:
            self.init(
                subject: "Set up your second factor", heading: "Protect your account",
                lead: "{{ tenant_name }} asks you to add a second step to your login.",
                button: "Set up the second step", note: "The link is for you alone; please do not forward it.")
        case .invitation:
            self.init(
                subject: "{{ inviter.name }} invites you to {{ organization.display_name | default: tenant_name }}",
                heading: "You are invited",
                lead: """
                    {{ inviter.name }} invites you to join {{ organization.display_name | default: tenant_name }}\
                    {% if application.name %} at {{ application.name }}{% endif %}.
                    """,
                button: "Accept the invitation",
                note: """
                    The link is for you alone; please do not forward it. If you did not expect it, ignore this message.
                    """)
        case .passkeyEnrolled:
            self.init(
                subject: "A passkey was added to your account", heading: "A passkey was added",
                lead: "A passkey can now be used to log in to your account at {{ tenant_name }}, without a password.",
                note: Self.notMine)
        case .passkeyRemoved:
            self.init(
                subject: "The passkeys of your account were removed", heading: "Your passkeys were removed",
                lead: "Passkeys no longer log in to your account at {{ tenant_name }}. Your password still does.",
                note: Self.notMine)
        case .factorEnrolled:
            self.init(
                subject: "A second step was added to your login", heading: "A second step was added",
                lead: "Logins to your account at {{ tenant_name }} are now confirmed by a second step.",
                note: Self.notMine)
        case .factorRemoved:
            self.init(
                subject: "A second step was removed from your login", heading: "A second step was removed",
                lead: "One way to confirm logins to your account at {{ tenant_name }} was removed.",
                note: Self.notMine)
        case .passwordChanged:
            self.init(
                subject: "Your password was changed", heading: "Your password was changed",
                lead: """
                    The password of {{ user.email }} at {{ tenant_name }} is a new one. Everything that was logged in \
                    with the old one has been logged out, and passkeys have to be made again.
                    """,
                note: Self.notMine)
        case .importCompleted:
            self.init(
                subject: "Your import of users has ended", heading: "The import has ended",
                lead: """
                    {{ inserted }} users were added to {{ tenant_name }}, {{ updated }} were changed, and {{ failed }} \
                    could not be imported.
                    """,
                note: "The job is {{ job_id }}; the Management API tells what was wrong with each user.")
        case .suspiciousAddress:
            self.init(
                subject: "Suspicious traffic from {{ source_ip }}", heading: "An address attracts attention",
                lead: """
                    Too many failed logins or sign-ups at {{ tenant_name }} come from the address {{ source_ip }}.
                    """,
                note: "Whether such addresses are blocked is decided by the suspicious IP throttling of the tenant.")
        case .leakedPasswords:
            self.init(
                subject: "Leaked passwords at {{ tenant_name }}", heading: "Passwords that others know",
                lead: """
                    Passwords that are in a collection of stolen ones were used at {{ tenant_name }}: {{ count }} \
                    times in {{ days }} day{% if days != 1 %}s{% endif %}.
                    """,
                note: "The log of the tenant tells whose they are: its events of the type pwd_leak.")
        case .mfaCode:
            self.init(
                subject: "Your code for {{ tenant_name }}", heading: "Your code",
                lead: "Enter this code to finish your login:", note: "Nobody from us will ever ask you for this code.")
        case .approval:
            self.init(
                subject: "{{ application.name | default: tenant_name }} asks for your approval",
                heading: "Is it you?",
                lead: """
                    {{ application.name | default: tenant_name }} asks you to approve a login. It shows: \
                    {{ binding_message }}. Approve only if you see the same there.
                    """,
                button: "Look at the request",
                note: "If you did not expect this, ignore it or decline: nobody gets in without your approval.")
        case .passwordless:
            self.init(
                subject: "Log in to {{ application.name | default: tenant_name }}",
                heading: "Log in to {{ application.name | default: tenant_name }}",
                lead: "{% if link %}Use this link to log in:{% else %}Use this code to log in:{% endif %}",
                button: "Log in",
                note: "It works once and only for a few minutes. If you did not ask for it, ignore this message.")
        }
    }

    private init(subject: String, heading: String, lead: String, button: String = "", note: String) {
        self.subject = subject
        self.heading = heading
        self.lead = lead
        self.button = button
        self.note = note
    }

    private static let notMine = """
        If this was you, there is nothing you need to do. If it was not, choose a new password at once and tell whoever \
        runs {{ tenant_name }}.
        """

    /// The text of an SMS where the connection has none of its own.
    static let shortMessage = "Your verification code is: {{ code }}"

    /// The text of an SMS that leads to a question.
    static let shortApproval = """
        {{ application.name | default: tenant_name }} asks for your approval ({{ binding_message }}): {{ url }}
        """
}
