import CoreMetrics
import Operator
import Testing

@Suite("Metrics in the text format of Prometheus")
struct PrometheusMetricsTests {
    @Test("counters, gauges, timers and probes are written with their types and labels")
    func text() {
        let metrics = PrometheusMetrics()
        let counter = Counter(
            label: "http.requests", dimensions: [("status", "200"), ("path", "a\"b")], factory: metrics)
        counter.increment()
        counter.increment(by: 2)
        Counter(label: "http.requests", dimensions: [("path", "a\"b"), ("status", "200")], factory: metrics).increment()
        Gauge(label: "open", factory: metrics).record(7)
        Timer(label: "took_seconds", factory: metrics).recordMilliseconds(3)
        metrics.addGauge("probe", help: "A probe.") { 1.5 }
        let text = metrics.text()
        for line in [
            "# TYPE http_requests counter", "http_requests{path=\"a\\\"b\",status=\"200\"} 4", "# TYPE open gauge",
            "open 7", "# TYPE took_seconds histogram", "took_seconds_bucket{le=\"0.0025\"} 0",
            "took_seconds_bucket{le=\"0.005\"} 1", "took_seconds_bucket{le=\"+Inf\"} 1", "took_seconds_sum 0.003",
            "took_seconds_count 1", "# HELP probe A probe.", "probe 1.5",
        ] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }
}
