import StrictJSON
import Tenancy

/// What is told about the risk of a login: `/api/v2/risk-assessments/settings`. Stored.
enum RiskAssessmentResource {
    static let routes = [settings, newDevice].flatMap(\.routes)

    private static let access: (read: Access, update: Access) = (
        ["read:attack_protection"], ["update:attack_protection"]
    )

    private static let settings = Singleton(
        "/risk-assessments/settings", "the risk assessments", as: Preference("risk_assessments"), access: access,
        schema: .object("The risk assessments", ["enabled": .flag("Whether logins are assessed")]),
        defaults: ["enabled": false])

    private static let newDevice = Singleton(
        "/risk-assessments/settings/new-device", "the assessment of new devices",
        as: Preference("risk_assessment_new_device"), access: access,
        schema: .object(
            "The assessment of new devices", ["remember_for": .integer("Days a device is known", in: 1...365)]),
        defaults: ["remember_for": 30])
}
