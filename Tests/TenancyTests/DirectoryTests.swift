import Foundation
import TenantTesting
import Testing
import WebAddresses

@testable import Tenancy

@Suite("The directory leads hosts to tenants")
struct DirectoryTests {
    @Test(
        "only the exact account and region lead to a tenant",
        arguments: [
            ("acme.auth0.com", "acme us"), ("acme.localhost", "acme us"), ("acme.eu.auth0.com", "acme eu"),
            ("acme.eu.localhost", "acme eu"), ("ACME.Auth0.COM", "acme us"), ("acme.auth0.com.", "acme us"),
        ])
    func routes(host: String, expected: String) async throws {
        let fixture = try TenantFixture()
        _ = try await fixture.tenant("acme")
        _ = try await fixture.tenant("acme", region: "eu")
        let tenant = try #require(fixture.directory.tenant(for: CanonicalHost(parsing: host)))
        #expect("\(tenant.name) \(tenant.region)" == expected)
    }

    @Test(
        "H12 H13 hosts where nobody lives lead nowhere",
        arguments: [
            "auth0.com", "www.auth0.com", "x.acme.auth0.com", "acme.eu.eu.auth0.com", "a.b.eu.auth0.com",
            "eu.auth0.com", "acme.zz.auth0.com", "acme.us.auth0.com", "acme.au.auth0.com", "acmeauth0.com",
            "acme.auth0.com.evil.example", "acme.auth1.com", "127.0.0.1", "localhost", "acme",
        ])
    func unknownHosts(host: String) async throws {
        let fixture = try TenantFixture()
        _ = try await fixture.tenant("acme")
        _ = try await fixture.tenant("acme", region: "eu")
        #expect(fixture.directory.tenant(for: try CanonicalHost(parsing: host)) == nil)
    }

    @Test("R53 H18 a custom domain belongs to one dedicated tenant and routes once verified")
    func customDomains() async throws {
        let fixture = try TenantFixture()
        let shared = try await fixture.tenant("acme")
        let dedicated = try await fixture.tenant("corp", region: "us", .dedicated)
        let other = try await fixture.tenant("rival", region: "us", .dedicated)
        let host = try CanonicalHost(parsing: "login.acme.test")

        #expect(throws: DirectoryError.sharedTenantHasNoCustomDomain("acme")) {
            try fixture.directory.addDomain("login.acme.test", to: shared)
        }
        let attached = try fixture.directory.addDomain("Login.Acme.Test.", to: dedicated)
        #expect(fixture.directory.tenant(for: host) == nil)
        #expect(throws: DirectoryError.domainTaken("login.acme.test")) {
            try fixture.directory.addDomain("login.acme.test", to: other)
        }
        _ = try fixture.directory.verifyDomain("login.acme.test", of: attached)
        #expect(fixture.directory.tenant(for: host)?.id == dedicated.id)
        _ = try fixture.directory.removeDomain("login.acme.test", of: attached)
        #expect(fixture.directory.tenant(for: host) == nil)
    }

    @Test("H18 a tenant that comes back does not take its domain from who has it now")
    func undeletedDomain() async throws {
        let fixture = try TenantFixture()
        let first = try await fixture.tenant("corp", region: "us", .dedicated)
        let second = try await fixture.tenant("rival", region: "us", .dedicated)
        let host = try CanonicalHost(parsing: "login.acme.test")
        for tenant in [first, second] {
            _ = try fixture.directory.addDomain(host.name, to: tenant)
            _ = try fixture.directory.verifyDomain(host.name, of: tenant)
            if tenant.id == first.id { _ = try await fixture.registry.delete(tenant, graceSeconds: 60) }
        }
        let back = try await fixture.registry.undelete(fixture.directory.deletedTenant(named: "corp"))
        #expect(back.lostDomains.map(\.host) == [host])
        #expect(back.lostDomains.first?.owner.id == second.id)
        #expect(back.tenant.id == first.id && back.tenant.customDomains.isEmpty)
        #expect(fixture.directory.tenant(for: host)?.id == second.id)
        // What was lost stays lost, also for the next start.
        let again = try Directory(
            path: fixture.root + "/directory.sqlite", baseDomains: fixture.directory.baseDomains,
            regions: ["us", "eu", "au"])
        #expect(again.tenant(for: host)?.id == second.id)
        #expect(again.tenant(id: first.id)?.customDomains.isEmpty == true)
    }

    @Test("a tenant that comes back has the domains nobody took")
    func undeletedFreeDomain() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("corp", region: "us", .dedicated)
        let host = try CanonicalHost(parsing: "login.acme.test")
        _ = try fixture.directory.addDomain(host.name, to: tenant)
        _ = try await fixture.registry.delete(
            fixture.directory.verifyDomain(host.name, of: tenant), graceSeconds: 60)
        #expect(fixture.directory.tenant(for: host) == nil)
        let back = try await fixture.registry.undelete(fixture.directory.deletedTenant(named: host.name))
        #expect(back.lostDomains.isEmpty)
        #expect(fixture.directory.tenant(for: host)?.id == tenant.id)
        await #expect(throws: DirectoryError.wrongState("corp", needed: "deleted")) {
            try await fixture.registry.undelete(tenant)
        }
    }

    @Test("a directory that is damaged, or cannot be opened, is refused with its file's name")
    func damagedDirectory() throws {
        let folder = NSTemporaryDirectory() + "gatehouse-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let damaged = folder + "/directory.sqlite"
        try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: damaged))
        let error = #expect(throws: DirectoryFileError.self) {
            _ = try Directory(path: damaged, baseDomains: [CanonicalHost(parsing: "localhost")], regions: ["us"])
        }
        #expect(error == DirectoryFileError.damaged(path: damaged, reason: "file is not a database"))
        #expect(error?.description.contains(damaged) == true)
        let missing = folder + "/nowhere/directory.sqlite"
        let other = #expect(throws: DirectoryFileError.self) {
            _ = try Directory(path: missing, baseDomains: [CanonicalHost(parsing: "localhost")], regions: ["us"])
        }
        if case .unusable(let path, _)? = other {
            #expect(path == missing)
        } else {
            Issue.record("\(String(describing: other))")
        }
    }

    @Test(
        "H18 names that are no custom domain are refused",
        arguments: ["acme.auth0.com", "auth0.com", "*.acme.test", "127.0.0.1", "localhost", "a_b.test", "x"])
    func refusedDomains(name: String) async throws {
        let fixture = try TenantFixture()
        let dedicated = try await fixture.tenant("corp", region: "us", .dedicated)
        #expect(throws: DirectoryError.self) { try fixture.directory.addDomain(name, to: dedicated) }
    }

    @Test("the directory is the same after a restart")
    func survivesRestart() async throws {
        let fixture = try TenantFixture()
        let tenant = try await fixture.tenant("acme", region: "eu", .dedicated)
        _ = try fixture.directory.addDomain("login.acme.test", to: tenant)
        _ = try fixture.directory.verifyDomain("login.acme.test", of: tenant)
        let again = try Directory(
            path: fixture.root + "/directory.sqlite", baseDomains: fixture.directory.baseDomains,
            regions: ["us", "eu", "au"])
        #expect(again.tenants() == fixture.directory.tenants())
        #expect(again.tenant(for: try CanonicalHost(parsing: "login.acme.test"))?.id == tenant.id)
    }
}
