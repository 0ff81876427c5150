import type { TestService } from './service';
import { memberHeaders, paths, type Tenant, type TestUser, userHeaders } from './tenant';

/** What the tests of members ask the service, as the tenant's Admin unless other headers are given. */
export function membersClient(service: () => TestService, tenant: () => Tenant) {
  const post = (path: string, body: object, headers = tenant().headers) =>
    service().http.post(path).set(headers).send(body);

  return {
    post,

    accept: (user: TestUser, token: unknown) => post(paths.acceptInvitation, { token }, userHeaders(user)),

    headersOf: (user: TestUser) => memberHeaders(user, tenant().projectId),

    /** The members of the project and, for Admins, its invitations. */
    list: async (headers = tenant().headers) =>
      (await service().http.get(paths.members).set(headers).expect(200)).body.response_body,
  };
}
