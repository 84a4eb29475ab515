import CoreMetrics
import Synchronization

/// A number that only grows.
final class CounterSeries: PrometheusMetrics.Series, CounterHandler {
    static let type = "counter"
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { count.add(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }

    var samples: [PrometheusMetrics.Sample] { [.init(value: Double(count.load(ordering: .relaxed)))] }
}

/// The last value recorded.
final class GaugeSeries: PrometheusMetrics.Series, RecorderHandler {
    static let type = "gauge"
    private let bits = Atomic<UInt64>(0)

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    var samples: [PrometheusMetrics.Sample] {
        [.init(value: Double(bitPattern: bits.load(ordering: .relaxed)))]
    }
}

/// How many values there were and what they add up to.
final class SummarySeries: PrometheusMetrics.Series, RecorderHandler {
    static let type = "summary"
    private let state = Mutex<(count: Int, sum: Double)>((0, 0))

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        state.withLock { $0 = ($0.count + 1, $0.sum + value) }
    }

    var samples: [PrometheusMetrics.Sample] {
        let (count, sum) = state.withLock { $0 }
        return [.init(suffix: "_sum", value: sum), .init(suffix: "_count", value: Double(count))]
    }
}

/// Durations in seconds, counted in buckets.
final class HistogramSeries: PrometheusMetrics.Series, TimerHandler {
    static let type = "histogram"
    private static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct State {
        var counts = [Int](repeating: 0, count: HistogramSeries.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += seconds
        }
    }

    var samples: [PrometheusMetrics.Sample] {
        let state = state.withLock { $0 }
        var total = 0
        var samples: [PrometheusMetrics.Sample] = []
        for (count, bound) in zip(state.counts, Self.bounds + [.infinity]) {
            total += count
            samples.append(
                .init(suffix: "_bucket", label: ("le", PrometheusText.number(bound)), value: Double(total)))
        }
        samples.append(.init(suffix: "_sum", value: state.sum))
        samples.append(.init(suffix: "_count", value: Double(total)))
        return samples
    }
}
