/** Trouble with trunks is told to the administrators' room, new voicemail to its user. */
import type { MessageWaiting, RegistrationStatus, TrunkStatus } from '../../sip/index.ts';
import type { BookedExtension } from '../account/index.ts';
import type { MatrixSide, MatrixUserId } from '../matrix/index.ts';

type Administrators = MatrixSide['administrators'];

/** Tells each trouble once, and when it is over. For `onTrunkChange`; never rejects. */
export async function tellTrunk(administrators: Administrators, status: TrunkStatus): Promise<void> {
  const { name, state, detail } = status;
  const about = `trunk:${name}`;
  if (state === 'down') {
    await administrators.trouble(
      about,
      `The trunk ${name} is down${because(detail)}. Calls go by other trunks, if there are.`,
    );
  } else if (state === 'up') await administrators.over(about, `The trunk ${name} is up again.`);
  for (const registration of status.registrations) await tellRegistration(administrators, name, registration);
}

async function tellRegistration(
  administrators: Administrators,
  trunk: string,
  { account, state, detail }: RegistrationStatus,
): Promise<void> {
  const about = `trunk:${trunk}:registration:${account}`;
  switch (state) {
    case 'refused':
    case 'unreachable':
      await administrators.trouble(about, `${account} is not registered at the trunk ${trunk}${because(detail)}.`);
      return;
    case 'registered':
      await administrators.over(about, `${account} is registered at the trunk ${trunk} again.`);
      return;
    case 'registering':
    case 'unregistered':
      return;
    default:
      state satisfies never;
  }
}

function because(detail: string | undefined): string {
  return detail === undefined ? '' : `: ${detail.replace(/\.$/, '')}`;
}

export interface VoicemailParts {
  readonly extension: (trunk: string, account: string) => BookedExtension | undefined;
  readonly tellUser: MatrixSide['tellUser'];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/**
 * Tells users of new voicemail: when there is some where there was none, and when there is more. PBXs say it again and again,
 * after each registration too; what was told before a restart is not told once more.
 */
export function createVoicemailTeller({ extension, tellUser, now }: VoicemailParts) {
  const known = new Map<string, number>();
  return async ({ trunk, account, waiting, newMessages }: MessageWaiting): Promise<void> => {
    const mailbox = `${trunk}:${account}`;
    const before = known.get(mailbox);
    // Some PBXs only say that there is any.
    const count = waiting ? (newMessages ?? 1) : 0;
    known.set(mailbox, count);
    const found = extension(trunk, account);
    if (count <= (before ?? 0) || found?.user === undefined) return;
    const key = `voicemail:${mailbox}:${count}${before === undefined ? '' : `:${now()}`}`;
    await tellUser(found.user as MatrixUserId, 'voicemail', voicemailText(newMessages, found.voicemail), key);
  };
}

function voicemailText(count: number | undefined, number: string | undefined): string {
  const words =
    count === undefined
      ? 'There is new voicemail.'
      : count === 1
        ? 'There is 1 new voicemail message.'
        : `There are ${count} new voicemail messages.`;
  return number === undefined ? words : `${words} Call ${number} to hear it.`;
}
