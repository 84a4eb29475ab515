import CoreMetrics
import Synchronization

/// Keeps what the service counts and writes it in the text format of Prometheus. Labels of swift-metrics become
/// names, dimensions become labels.
public final class PrometheusMetrics: MetricsFactory {
    /// The text exposition format, version 0.0.4.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// One metric with one set of labels.
    protocol Series: AnyObject, Sendable {
        static var type: String { get }
        /// The lines of the series: suffix of the name, more labels, value.
        var samples: [Sample] { get }
    }

    struct Sample {
        var suffix = ""
        var label: (name: String, value: String)?
        let value: Double
    }

    private struct Family: Sendable {
        var series: [[String]: any Series] = [:]
        let type: String
    }

    private struct Probe: Sendable {
        let type: String
        let help: String
        let read: @Sendable () -> Double
    }

    private let families = Mutex<[String: Family]>([:])
    private let probes = Mutex<[String: Probe]>([:])

    public init() {}

    // MARK: Factory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { CounterSeries() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return series(label, dimensions) { SummarySeries() } }
        return series(label, dimensions) { GaugeSeries() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { HistogramSeries() }
    }

    // Nothing here is short-lived: what was counted stays until the process ends.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// A value that is read when somebody asks.
    public func addGauge(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        probes.withLock { $0[name] = Probe(type: "gauge", help: help, read: read) }
    }

    /// A value that only grows, read when somebody asks.
    public func addCounter(_ name: String, help: String, read: @escaping @Sendable () -> Double) {
        probes.withLock { $0[name] = Probe(type: "counter", help: help, read: read) }
    }

    /// The series of a name and labels; the one that is there already, if its type fits.
    private func series<New: Series>(
        _ label: String, _ dimensions: [(String, String)], make: () -> New
    ) -> New {
        let name = PrometheusText.name(label)
        let key = dimensions.sorted { $0.0 < $1.0 }.flatMap { [PrometheusText.name($0.0), $0.1] }
        return families.withLock { families in
            var family = families[name] ?? Family(type: New.type)
            if let known = family.series[key] as? New { return known }
            let new = make()
            family.series[key] = new
            families[name] = family
            return new
        }
    }

    // MARK: Text

    /// Everything counted so far.
    public func text() -> String {
        var text = PrometheusText()
        for (name, probe) in probes.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text.begin(name, type: probe.type, help: probe.help)
            text.add(name, labels: [], value: probe.read())
        }
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text.begin(name, type: family.type, help: nil)
            for (key, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let labels = stride(from: 0, to: key.count, by: 2).map { (key[$0], key[$0 + 1]) }
                for sample in series.samples {
                    let more = sample.label.map { [($0.name, $0.value)] } ?? []
                    text.add(name + sample.suffix, labels: labels + more, value: sample.value)
                }
            }
        }
        return text.text
    }
}
