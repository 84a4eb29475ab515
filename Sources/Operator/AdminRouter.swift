import HTTPTypes
import Hummingbird
import OpenSSL

/// The admin port: every route an operator has, in one table. It has a listener, a token and a router of its own;
/// the public listener knows none of it (spec 08 O1).
public func makeAdminRouter(services: AdminServices, access: AdminAccess) -> Router<BasicRequestContext> {
    let health = HealthRoutes(services: services)
    let tenants = TenantRoutes(services: services)
    let copies = TenantCopyRoutes(services: services)
    let domains = DomainRoutes(services: services)
    let certificates = CertificateRoutes(services: services)
    let keys = KeyRoutes(services: services)
    let routes: [AdminRoute] = [
        AdminRoute(.get, "/health", health.health),
        AdminRoute(.get, "/ready", health.ready),
        AdminRoute(.get, "/metrics", health.metrics),

        AdminRoute(.get, "/tenants", tenants.list),
        AdminRoute(.post, "/tenants", tenants.create),
        AdminRoute(.get, "/tenants/:tenant", tenants.show),
        AdminRoute(.delete, "/tenants/:tenant", tenants.delete),
        AdminRoute(.post, "/tenants/:tenant/suspend", tenants.suspend),
        AdminRoute(.post, "/tenants/:tenant/resume", tenants.resume),
        AdminRoute(.post, "/tenants/:tenant/undelete", tenants.undelete),

        AdminRoute(.get, "/tenants/:tenant/backup", copies.backup),
        AdminRoute(.post, "/tenants/restore", copies.restoreAsNew),
        AdminRoute(.put, "/tenants/:tenant/restore", copies.restoreInPlace),
        AdminRoute(.post, "/tenants/:tenant/fork", copies.fork),

        AdminRoute(.get, "/tenants/:tenant/domains", domains.list),
        AdminRoute(.post, "/tenants/:tenant/domains", domains.add),
        AdminRoute(.post, "/tenants/:tenant/domains/:host/verify", domains.verify),
        AdminRoute(.delete, "/tenants/:tenant/domains/:host", domains.remove),

        AdminRoute(.get, "/tenants/:tenant/keys", keys.list),
        AdminRoute(.post, "/tenants/:tenant/keys/rotate", keys.rotate),

        AdminRoute(.get, "/certificates", certificates.list),
        AdminRoute(.post, "/certificates/reload", certificates.reload),
        AdminRoute(.put, "/certificates/:host", certificates.install),
        AdminRoute(.delete, "/certificates/:host", certificates.remove),
    ]
    let router = Router(context: BasicRequestContext.self)
    router.addMiddleware {
        AdminErrorRendering(logger: services.logger)
        AdminHostCheck(access: access)
        AdminTokenCheck(access: access)
        AdminMediaTypeCheck()
    }
    AdminRoute.add(routes, to: router)
    return router
}
