import StrictJSON
import Tenancy

/// What the tenant's users have done: `/api/v2/stats` (spec 03 §7).
enum StatsResource {
    static let routes = [activeUsers, daily, byClient]

    private static let activeUsers = Route(
        method: .get, path: "/stats/active-users", access: ["read:stats"],
        successes: [.ok(.count("Users who logged in within 30 days"))]
    ) { call in
        let now = call.now
        return Answer(
            status: .ok, body: .int(try await call.shard.read { try $0.activeUsers.activeLately(at: now) }))
    }

    private static let daily = Route(
        method: .get, path: "/stats/daily", access: ["read:stats"],
        query: .query(
            [
                ("from", .text("The first day, YYYYMMDD", format: .compactDay)),
                ("to", .text("The last day, YYYYMMDD", format: .compactDay)),
            ], required: []),
        successes: [
            .ok(
                .list(
                    "Days on which something happened",
                    of: .shown(
                        "A day",
                        always: [
                            "date": .moment("Its beginning"), "logins": .count("Logins"), "signups": .count("Sign-ups"),
                            "leaked_passwords": .count("Leaked passwords"),
                        ]), atMost: .max))
        ]
    ) { call in
        let last = call.query["to"]?.string.map(dashed) ?? call.now.day
        let first = call.query["from"]?.string.map(dashed) ?? call.now.adding(seconds: -30 * 86_400).day
        let days = try await call.shard.read { try $0.dailyCounts.days(from: first, to: last) }
        return .ok(
            days.map { day in
                [
                    "date": .string("\(day.day)T00:00:00.000Z"), "logins": .int(day.logins),
                    "signups": .int(day.signUps), "leaked_passwords": .int(day.leakedPasswords),
                ]
            })
    }

    private static let report = Schema.shown(
        "Active users of a month",
        always: [
            "month": .text("The month", format: .month), "total": .count("The sum over clients"),
            "clients": .list(
                "By client",
                of: .shown(
                    "A client",
                    always: [
                        "client_id": .text("Its id"), "name": .text("Its name; null once it is deleted").nullable,
                        "by_type": .map("Users by kind of connection", of: .count("Users")),
                        "total": .count("Users of all kinds"),
                    ]), atMost: .max),
        ]
    ).named("ActiveUsersByClient")

    /// The report of R40–R43, for which the vendor had no endpoint: active users of a month by client and by kind. The
    /// total is the sum over clients, so who splits an application in two sees its users twice.
    private static let byClient = Route(
        method: .get, path: "/stats/active-users/by-client", access: ["read:stats"],
        query: .query([("month", .text("The month, YYYY-MM, in UTC", format: .month))], required: []),
        successes: [.ok(report)]
    ) { call in
        let month = call.query["month"]?.string ?? call.now.month
        let (counts, names) = try await call.shard.read { db in
            let counts = try db.activeUsers.counts(month: month)
            let ids = Set(counts.map(\.clientID))
            return (counts, try ids.reduce(into: [:]) { $0[$1] = try db.clients.find($1)?.name })
        }
        let clients = Dictionary(grouping: counts, by: \.clientID).sorted { $0.key < $1.key }
        return .ok([
            "month": .string(month), "total": .int(counts.reduce(0) { $0 + $1.users }),
            "clients": .array(
                clients.map { clientID, counts in
                    var byType: JSONObject = [:]
                    for kind in [StrategyType.social, .database, .enterprise, .passwordless] {
                        byType[kind.rawValue] = .int(counts.first { $0.kind == kind.rawValue }?.users ?? 0)
                    }
                    return [
                        "client_id": .string(clientID), "name": names[clientID].map(JSON.string) ?? .null,
                        "by_type": .object(byType), "total": .int(counts.reduce(0) { $0 + $1.users }),
                    ]
                }),
        ])
    }

    /// `20180331` as `2018-03-31`.
    private static func dashed(_ day: String) -> String {
        "\(day.prefix(4))-\(day.dropFirst(4).prefix(2))-\(day.dropFirst(6))"
    }
}

extension Format {
    /// A day of the calendar, like `20180331`.
    static let compactDay = Format("YYYYMMDD") { text in
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else {
            return false
        }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        return (1...12).contains(month) && day >= 1 && day <= days(inMonth: month, of: year)
    }

    /// How many days a month of the Gregorian calendar has.
    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static let month = Format("YYYY-MM") { text in
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].utf8.count == 4 && parts[1].utf8.count == 2
            && text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: "-") }
            && (1...12).contains(Int(parts[1]) ?? 0)
    }
}
