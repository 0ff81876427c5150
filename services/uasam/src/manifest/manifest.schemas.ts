import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { requiredId } from '../wire/ids';

const manifestQuery = z.object({ agent_id: requiredId('agent_id_required') });

/** The agent's id as it was sent; it need not be a UUID. @throws ApiError 400 `agent_id_required`. */
export const parseManifestQuery = checked(
  manifestQuery,
  (parameters: URLSearchParams): string =>
    readFields(manifestQuery, firstOfEach(parameters)).agent_id as string,
);
