import { projectOf, type Settings, tokenOf } from '../config/settings';
import { Refusal } from '../http/refusal';
import { escapeText } from '../output/escape';
import { shortTime } from '../output/format';
import { type Check, CheckFailed, CheckSkipped } from './check';
import { clientOf } from './services';
import type { DoctorState } from './state';

/** Whether the user's token is good. */
export const loginCheck: Check<DoctorState> = {
  name: 'login',
  needs: ['UASAM is ready'],
  run: async (state) => {
    const token = tokenOf(state.settings as Settings);
    state.uasam = clientOf(state, 'UASAM').with({ 'X-OTAS-USER-TOKEN': token });
    const answer = await state.uasam.post('/api/user/v1/authenticate/');
    const end = expiryOf(token);
    return `${escapeText(answer.value.response_body.user.email)}${end === null ? '' : `, until ${end} UTC`}`;
  },
};

/** When a token ends, as it says itself; null when it does not. */
function expiryOf(token: string): string | null {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return shortTime(new Date(exp * 1000).toISOString());
  } catch {
    return null;
  }
}

/** Whether the user belongs to the project. */
export const projectCheck: Check<DoctorState> = {
  name: 'project',
  needs: ['login'],
  run: async (state) => {
    const projectId = projectOf(state.settings as Settings);
    const headers = { 'X-OTAS-PROJECT-ID': projectId };
    const asMember = clientOf(state, 'UASAM').with(headers);
    const answer = await asMember.post('/api/project/v1/authenticate/').catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.code !== 'user_project_mapping_invalid') throw error;
      const detail = `the user is no member of ${escapeText(projectId)}, or it is inactive`;
      throw new CheckFailed(detail, 'choose another with otas projects use, or mend OTAS_PROJECT_ID');
    });
    const { Project: project, Privilege: privilege } = answer.value.Response.UserProjectMapping;
    state.uasam = asMember;
    const token = tokenOf(state.settings as Settings);
    state.brain = clientOf(state, 'Brain').with({ ...headers, 'X-OTAS-USER-TOKEN': token });
    return `${escapeText(project.name)}, as ${privilege === 1 ? 'Admin' : 'Member'}`;
  },
};

/** Whether the agent's key is good, and of this project. */
export const agentKeyCheck: Check<DoctorState> = {
  name: 'agent key',
  needs: ['project'],
  run: async (state) => {
    const key = state.agentKey ?? (await makeAgent(state));
    const asAgent = clientOf(state, 'UASAM').with({ 'X-OTAS-AGENT-KEY': key });
    const answer = await asAgent.post('/api/agent/v1/auth/verify/').catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      const detail = 'the key is wrong, revoked or expired, or its agent is inactive';
      throw new CheckFailed(detail, 'make another with otas agents rotate-key, and set OTAS_AGENT_KEY');
    });
    const { project_id: projectId, agent } = answer.value.response;
    if (projectId !== (state.settings as Settings).projectId?.toLowerCase()) {
      const detail = `the key is of an agent of another project (${projectId})`;
      throw new CheckFailed(detail, 'choose that project with otas projects use, or take a key of this one');
    }
    state.agent = { id: agent.id, key, isTemporary: state.agentKey === null };
    return `of ${escapeText(agent.name)}  ${agent.id}`;
  },
};

/** @throws CheckSkipped when none may be made */
async function makeAgent(state: DoctorState): Promise<string> {
  if (!state.mayMakeAgent) {
    throw new CheckSkipped('set OTAS_AGENT_KEY, or as an Admin let one be made with --temporary-agent');
  }
  const agent = {
    agent_name: 'otas doctor',
    agent_provider: 'otas doctor',
    agent_description: 'for a moment',
  };
  const answer = await clientOf(state, 'UASAM').post('/api/agent/v1/create/', agent);
  const { agent: made, agent_key: key } = answer.value.response;
  state.agent = { id: made.id, key: key.api_key, isTemporary: true };
  return key.api_key;
}
