import Hummingbird
import NIOCore
import StrictJSON
import Tenancy
import TenantHTTP

/// Backup, restore and fork: whole tenants as files.
struct TenantCopyRoutes: Sendable {
    let services: AdminServices

    /// A consistent copy of the running tenant, as a stream.
    @Sendable func backup(_ request: AdminRequest) async throws -> Response {
        let tenant = try services.directory.tenant(named: request.path("tenant"))
        let headers: HTTPFields = [
            .contentType: "application/octet-stream", .cacheControl: "no-store",
            .contentDisposition: "attachment; filename=\"\(tenant.name).gatehouse\"",
        ]
        // HEAD claims no length: nothing is copied for somebody who does not take it (RFC 9110 §9.3.2).
        guard request.request.method != .head else {
            return Response(status: .ok, headers: headers, body: ResponseBody { try await $0.finish(nil) })
        }
        let file = try TransferFile(folder: services.transferFolder, pool: services.transfers)
        try await services.registry.backup(tenant, to: file.path)
        let size = try await file.size()
        services.logger.info("tenant backed up", metadata: tenant.logMetadata)
        let body = ResponseBody(contentLength: size) { writer in
            try await file.read { try await writer.write($0) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// A tenant made from a backup, under the name and region of the query.
    @Sendable func restoreAsNew(_ request: AdminRequest) async throws -> Response {
        guard let name = request.query("name") else { throw AdminError.invalid("name", "name is missing.") }
        let region = request.query("region") ?? Directory.unlabelledRegion
        // Before the upload, which may be long.
        try services.directory.validate(name: name, region: region)
        let deployment = request.query("deployment").flatMap(Deployment.init) ?? services.defaultDeployment
        let file = try await upload(request)
        let tenant = try await services.registry.restore(
            from: file.path, as: NewTenant(name: name, region: region, deployment: deployment))
        services.logger.info("tenant restored from a backup", metadata: tenant.logMetadata)
        return answer(tenant, status: .created)
    }

    /// The data of an existing tenant, replaced by a backup; also what brings a damaged tenant back.
    @Sendable func restoreInPlace(_ request: AdminRequest) async throws -> Response {
        let tenant = try services.directory.tenant(named: request.path("tenant"))
        let file = try await upload(request)
        try await services.registry.restore(tenant, from: file.path)
        services.logger.info("tenant replaced by a backup", metadata: tenant.logMetadata)
        return answer(tenant)
    }

    @Sendable func fork(_ request: AdminRequest) async throws -> Response {
        let source = try services.directory.tenant(named: request.path("tenant"))
        let body = try await AdminBody(request.request, known: ["name", "region", "keep_keys"])
        let new = NewTenant(
            name: try body.requiredText("name"), region: try body.text("region") ?? source.region,
            deployment: source.deployment)
        let tenant = try await services.registry.fork(source, as: new, keepKeys: body.flag("keep_keys"))
        services.logger.info("tenant forked", metadata: tenant.logMetadata)
        return answer(tenant, status: .created)
    }

    private func upload(_ request: AdminRequest) async throws -> TransferFile {
        let file = try TransferFile(folder: services.transferFolder, pool: services.transfers)
        for try await chunk in request.request.body { try await file.append(chunk) }
        guard try await file.size() > 0 else { throw AdminError.malformed("The body is the backup; it is empty.") }
        return file
    }

    private func answer(_ tenant: Tenant, status: HTTPResponse.Status = .ok) -> Response {
        .json(.object(tenant.adminJSON(services.directory)), status: status)
    }
}
