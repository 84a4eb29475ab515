import Hummingbird
import Tenancy
import TenantHTTP

/// /authorize and every page a browser sees on its way to a code and out again.
func addAuthorizationRoutes(to router: Router<TenantContext>, services: AuthenticationServices) {
    let pages = HostedPages()
    let flow = AuthorizationFlow(pages: pages)
    let authorize = AuthorizeEndpoint(flow: flow)
    let login = LoginEndpoint(flow: flow, passwords: PasswordLogin(hasher: services.passwordHasher))
    let signUp = SignUpEndpoint(flow: flow, hasher: services.passwordHasher)
    let signUpAPI = SignUpAPI(hasher: services.passwordHasher)
    let changePassword = ChangePasswordAPI()
    let forgot = ForgotPasswordEndpoint(flow: flow)
    let reset = ResetPasswordEndpoint(pages: pages, hasher: services.passwordHasher)
    let verifyEmail = TicketActionEndpoint(action: .verifyEmail, pages: pages)
    let enrolmentTicket = EnrolmentTicketEndpoint(pages: pages)
    let unblock = TicketActionEndpoint(action: .unblock, pages: pages)
    let consent = ConsentEndpoint(flow: flow)
    let organization = OrganizationEndpoint(flow: flow)
    let organizationChoice = OrganizationChoiceEndpoint(flow: flow)
    let ending = SessionEnding()
    let logout = LogoutEndpoint(pages: pages, ending: ending)
    let oidcLogout = OIDCLogoutEndpoint(pages: pages, ending: ending)
    let activation = DeviceActivationEndpoint(pages: pages)
    let confirmation = DeviceConfirmationEndpoint(flow: flow)
    let deviceConsent = DeviceConsentEndpoint(flow: flow)
    let approval = ApprovalEndpoint(flow: flow)
    let approvalLogin = ApprovalLoginEndpoint(flow: flow)
    let secondFactor = SecondFactorEndpoint(flow: flow)
    let enrolment = EnrolmentEndpoint(flow: flow)
    let recoveryCode = RecoveryCodeEndpoint(flow: flow)
    let factors = FactorAPI()
    let passwordless = PasswordlessAPI()
    let passwordlessPage = PasswordlessPageEndpoint(flow: flow)
    let passkey = PasskeyLoginEndpoint(flow: flow)
    let passkeyOffer = PasskeyOfferEndpoint(flow: flow)
    let passwordlessLink = PasswordlessLinkEndpoint(flow: flow)
    let endpoints = [
        Endpoint("/authorize", get: pages.showing(authorize.get), post: pages.showing(authorize.post)),
        Endpoint("/login", get: pages.showing(login.show), post: pages.showing(login.submit)),
        Endpoint("/signup", get: pages.showing(signUp.show), post: pages.showing(signUp.submit)),
        Endpoint("/u/signup", get: pages.showing(signUp.show), post: pages.showing(signUp.submit)),
        Endpoint(
            "/dbconnections/signup", crossOrigin: .clientChecked, limit: .signUp, get: JSONP.get(signUpAPI.answer),
            post: signUpAPI.answer),
        Endpoint(
            "/dbconnections/change_password", crossOrigin: .clientChecked, limit: .changePassword,
            get: JSONP.get(changePassword.answer), post: changePassword.answer),
        Endpoint("/lo/forgot", get: pages.showing(forgot.show), post: pages.showing(forgot.submit)),
        Endpoint("/lo/reset", get: pages.showing(reset.show), post: pages.showing(reset.submit)),
        Endpoint("/lo/verify_email", get: pages.showing(verifyEmail.show), post: pages.showing(verifyEmail.submit)),
        Endpoint("/lo/unblock", get: pages.showing(unblock.show), post: pages.showing(unblock.submit)),
        Endpoint(
            "/mfa/enrollment", get: pages.showing(enrolmentTicket.show),
            post: pages.showing(enrolmentTicket.submit)),
        Endpoint("/decision", get: pages.showing(consent.show), post: pages.showing(consent.submit)),
        Endpoint(
            "/u/organization", limit: .organizationName, get: pages.showing(organization.show),
            post: pages.showing(organization.submit)),
        Endpoint(
            "/u/organization/choose", get: pages.showing(organizationChoice.show),
            post: pages.showing(organizationChoice.submit)),
        Endpoint("/activate", get: pages.showing(activation.show), post: pages.showing(activation.submit)),
        Endpoint("/activate/confirm", get: pages.showing(confirmation.show), post: pages.showing(confirmation.submit)),
        Endpoint(
            "/activate/consent", get: pages.showing(deviceConsent.show), post: pages.showing(deviceConsent.submit)),
        Endpoint(
            "/u/approve", limit: .start, get: pages.showing(approval.show), post: pages.showing(approval.submit)),
        Endpoint(
            "/u/approve/login", get: pages.showing(approvalLogin.show), post: pages.showing(approvalLogin.submit)),
        Endpoint("/oidc/logout", get: pages.showing(oidcLogout.get), post: pages.showing(oidcLogout.post)),
        Endpoint("/oidc/logout/confirm", post: pages.showing(oidcLogout.confirm)),
        Endpoint("/u/mfa", get: pages.showing(secondFactor.show), post: pages.showing(secondFactor.submit)),
        Endpoint("/u/mfa/enroll", get: pages.showing(enrolment.show), post: pages.showing(enrolment.submit)),
        Endpoint("/u/mfa/recovery-code", post: pages.showing(recoveryCode.submit)),
        Endpoint("/mfa/challenge", crossOrigin: .clientChecked, limit: .start, post: factors.challenge),
        Endpoint("/mfa/associate", crossOrigin: .clientChecked, post: factors.associate),
        Endpoint("/mfa/authenticators", crossOrigin: .clientChecked, get: factors.list),
        Endpoint("/mfa/authenticators/:id", crossOrigin: .clientChecked, delete: factors.remove),
        Endpoint("/passwordless/start", crossOrigin: .clientChecked, limit: .start, post: passwordless.start),
        Endpoint("/passwordless/verify", crossOrigin: .clientChecked, limit: .token, post: passwordless.verify),
        Endpoint(
            "/passwordless/verify_redirect", get: pages.showing(passwordlessLink.show),
            post: pages.showing(passwordlessLink.submit)),
        Endpoint(
            "/u/passwordless", limit: .start, get: pages.showing(passwordlessPage.show),
            post: pages.showing(passwordlessPage.submit)),
        Endpoint("/u/passkey", post: pages.showing(passkey.submit)),
        Endpoint("/u/passkey/offer", get: pages.showing(passkeyOffer.show), post: pages.showing(passkeyOffer.submit)),
        Endpoint("/v2/logout", get: pages.showing(logout.get)),
        Endpoint("/logout", get: pages.showing(logout.get)),
        Endpoint(
            "/assets/:file",
            get: { request, context in
                try await pages.assets.response(
                    to: request, name: context.parameters.get("file") ?? "", of: context.shard)
            }),
    ]
    for endpoint in endpoints { endpoint.register(in: router, rateLimiting: services.rateLimiting) }
    addSDKRoutes(to: router, services: services, flow: flow)
    let unknownPage = UnknownPageEndpoint(pages: pages)
    // The address of the tenant itself is not below itself.
    for path in ["/", "**"] { router.get(RouterPath(path), use: unknownPage.show) }
}
