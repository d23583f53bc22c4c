/** What is wrong with a registration, for administrators: what it is and what to do. No names and no numbers. */
import type { Problem } from './states.ts';

/** @returns whole sentences */
export function problemWords(problem: Problem): string {
  const { status, text } = problem;
  const said = [status, text].filter((part) => part !== undefined && part !== '').join(' ');
  const quoted = said === '' ? '' : ` (${said})`;
  switch (problem.kind) {
    case 'credentials':
      return `The registrar does not accept the user name or the password${quoted}. Check username, auth_username and password; it is tried again every 5 minutes.`;
    case 'forbidden':
      return `The registrar forbids the registration${quoted}. Check username and password, and whether the account is active and may register from here; it is tried again every 5 minutes.`;
    case 'not-found':
      return `The registrar does not know the account${quoted}. Check username and domain; it is tried again every 5 minutes.`;
    case 'refused':
      return `The registrar refuses the registration${quoted}. Check host, domain and register; it is tried again every 5 minutes.`;
    case 'trouble':
      return `The registrar has a problem${quoted}. It is tried again in a minute.`;
    case 'silent':
      return 'The registrar does not answer. Check host, port, transport and the firewall; it is tried again in a minute.';
    case 'unreachable':
      return `The registrar cannot be reached${quoted}. Check host, port, transport and DNS; it is tried again in a minute.`;
    case 'disconnected':
      return 'The SIP server of this gateway is not connected; the registration waits for it.';
    default:
      return problem.kind satisfies never;
  }
}

/**
 * The registrar sees us at another public address than the one that was configured.
 * @returns whole sentences
 */
export function doubtWords(seen: string, said: string): string {
  return `The trunk sees this gateway at ${seen}, which says that it is at ${said}. If calls in do not arrive, correct sip.embedded.advertise, or leave it out.`;
}
