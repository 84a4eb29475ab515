import Foundation
import Tenancy

extension PrometheusMetrics {
    /// What can be read from the service at any time, rather than being counted as it happens.
    public func addServiceProbes(directory: Directory, shards: ShardPool, spareKeys: SpareKeys) {
        addGauge("gatehouse_tenants", help: "Tenants that are active or suspended.") { Double(directory.count) }
        addGauge("gatehouse_open_shards", help: "Tenant databases held open.") { Double(shards.openCount) }
        addGauge("gatehouse_damaged_shards", help: "Tenants out of service because of a damaged database.") {
            Double(shards.damagedTenants.count)
        }
        addGauge("gatehouse_spare_signing_keys", help: "RSA keys made ahead for new tenants.") {
            Double(spareKeys.count)
        }
        for pool in [shards.pools.database, shards.pools.hashing] {
            addGauge("gatehouse_\(pool.name)_pool_pending", help: "Work that runs or waits on the \(pool.name) pool.") {
                Double(pool.pendingCount)
            }
        }
        addProcessProbes()
    }

    /// The names every Prometheus client uses for the process itself.
    private func addProcessProbes() {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        let startedAt = Double(time(nil))
        addGauge("process_start_time_seconds", help: "When the process started, in seconds since 1970.") { startedAt }
        addGauge("process_resident_memory_bytes", help: "Resident memory.") {
            let fields = Self.contents("/proc/self/statm").split(separator: " ")
            return fields.count > 1 ? (Double(fields[1]) ?? 0) * page : 0
        }
        addGauge("process_open_fds", help: "Open file descriptors.") {
            Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        }
        addCounter("process_cpu_seconds_total", help: "User and system time spent.") {
            var usage = tms()
            times(&usage)
            return Double(usage.tms_utime + usage.tms_stime) / ticks
        }
    }

    private static func contents(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
