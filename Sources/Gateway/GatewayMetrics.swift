import Metrics

/// What the front server counts.
struct GatewayMetrics: Sendable {
    private let responses: [Counter] = (0...5).map {
        Counter(label: "gatehouse_http_responses_total", dimensions: [("class", $0 == 0 ? "other" : "\($0)xx")])
    }
    private let edgeAnswers = Counter(label: "gatehouse_edge_answers_total")
    private let connections = Gauge(label: "gatehouse_open_connections")
    private let turnedAway = Counter(label: "gatehouse_connections_turned_away_total")

    func answered(_ status: Int) {
        self.responses[(1...5).contains(status / 100) ? status / 100 : 0].increment()
    }

    func answeredAtEdge() { self.edgeAnswers.increment() }
    func open(_ count: Int) { self.connections.record(count) }
    func turnedAwayConnection() { self.turnedAway.increment() }
}
