/** Scenarios for an answering SIPp, made of steps. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeFolder, temporaryFolder } from './temporary.ts';

export type Step =
  /** Waits for the INVITE. */
  | { readonly step: 'invite' }
  /** Answers the INVITE; with `sdp` it describes its own audio. */
  | {
      readonly step: 'reply';
      readonly status: number;
      readonly phrase: string;
      readonly sdp?: true;
      readonly headers?: string[];
    }
  | { readonly step: 'ack' }
  /** Waits until the test tells it to go on, by an OPTIONS with the call's Call-ID. */
  | { readonly step: 'told' }
  /** Waits for CANCEL, answers it and the INVITE (487), waits for the ACK. */
  | { readonly step: 'cancelled' }
  /**
   * Waits to be asked to call somebody else (REFER). `done`: agrees and says that they answered; otherwise refuses. The
   * NOTIFY goes by what a SIPp that was called knows of the call; one that called cannot use this step.
   */
  | { readonly step: 'referred'; readonly done: boolean }
  /** Waits for BYE and answers it. */
  | { readonly step: 'bye' }
  /** Sends BYE and waits for the answer. */
  | { readonly step: 'hang-up' };

const TAG = 'tag=[pid]-[call_number]';
const TAGGED = ['[last_Via:]', '[last_From:]', `[last_To:];${TAG}`];
const SAME = ['[last_Via:]', '[last_From:]', '[last_To:]'];
const CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
];

/** Rings, answers, echoes what it hears (with `rtpEcho`), waits for the BYE. */
export const ANSWER: readonly Step[] = [
  { step: 'invite' },
  { step: 'reply', status: 180, phrase: 'Ringing' },
  { step: 'reply', status: 200, phrase: 'OK', sdp: true },
  { step: 'ack' },
  { step: 'bye' },
];

/** Answers, and hangs up when the test tells it to (`World.tellPeer`). */
export const ANSWER_AND_HANG_UP: readonly Step[] = [...ANSWER.slice(0, -1), { step: 'told' }, { step: 'hang-up' }];

/** Refuses, after ringing or at once. */
export function refuse(
  status: number,
  phrase: string,
  { ring = true, headers = [] }: { readonly ring?: boolean; readonly headers?: string[] } = {},
): readonly Step[] {
  return [
    { step: 'invite' },
    ...(ring ? [{ step: 'reply', status: 180, phrase: 'Ringing' } as const] : []),
    { step: 'reply', status, phrase, headers },
    { step: 'ack' },
  ];
}

/** Rings until the caller gives up. */
export const RING: readonly Step[] = [
  { step: 'invite' },
  { step: 'reply', status: 180, phrase: 'Ringing' },
  { step: 'cancelled' },
];

/** Keeps a header of the INVITE in a variable of SIPp. */
function keep(name: string, variable: number): string {
  return `<ereg regexp=".*" search_in="hdr" header="${name}" assign_to="${variable}"/>`;
}

function send(lines: readonly string[], attributes = ''): string {
  return `<send${attributes}><![CDATA[\n${lines.join('\n')}\n]]></send>`;
}

function reply(status: number, phrase: string, headers: readonly string[], body: readonly string[]): string[] {
  return [
    `SIP/2.0 ${status} ${phrase}`,
    ...(status === 100 ? SAME : TAGGED),
    '[last_Call-ID:]',
    '[last_CSeq:]',
    '[last_Record-Route:]',
    ...headers,
    ...(body.length > 0 ? ['Content-Type: application/sdp'] : []),
    'Content-Length: [len]',
    '',
    ...body,
  ];
}

function sameReply(status: number, phrase: string): string[] {
  return [`SIP/2.0 ${status} ${phrase}`, ...SAME, '[last_Call-ID:]', '[last_CSeq:]', 'Content-Length: 0', ''];
}

function xml(step: Step): string {
  switch (step.step) {
    case 'invite':
      return `<recv request="INVITE" rrs="true"><action>${keep('From:', 1)}${keep('To:', 2)}</action></recv>`;
    case 'reply': {
      const headers = [CONTACT, ...(step.headers ?? [])];
      const body = step.sdp === true ? SDP : [];
      return send(reply(step.status, step.phrase, headers, body), step.status >= 200 ? ' retrans="500"' : '');
    }
    case 'ack':
      return '<recv request="ACK"/>';
    case 'told':
      return '<recv request="OPTIONS"/>';
    case 'referred':
      return step.done ? referred() : `<recv request="REFER"/>${send(sameReply(603, 'Decline'))}`;
    case 'bye':
      return `<recv request="BYE"/>${send(sameReply(200, 'OK'))}`;
    case 'cancelled':
      return cancelled();
    case 'hang-up':
      return hangUp();
    default:
      return step satisfies never;
  }
}

/** SIPp answers what came last: the INVITE's own Via and CSeq have to be kept for the 487. */
function cancelled(): string {
  const terminated = [
    'SIP/2.0 487 Request Terminated',
    '[last_Via:]',
    '[last_From:]',
    `[last_To:];${TAG}`,
    '[last_Call-ID:]',
    'CSeq: [last_cseq_number] INVITE',
    'Content-Length: 0',
    '',
  ];
  return `<recv request="CANCEL"/>${send(sameReply(200, 'OK'))}${send(terminated, ' retrans="500"')}<recv request="ACK"/>`;
}

/** A request of the one who was called. */
function ownRequest(method: string, cseq: number, headers: readonly string[], body: readonly string[]): string[] {
  return [
    `${method} [next_url] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'Max-Forwards: 70',
    '[routes]',
    `From: [$2];${TAG}`,
    'To: [$1]',
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    ...headers,
    'Content-Length: [len]',
    '',
    ...body,
  ];
}

/** RFC 3515 §2.4.4: agreed, tried, answered. */
function referred(): string {
  const news = (cseq: number, state: string, status: string) =>
    send(
      ownRequest(
        'NOTIFY',
        cseq,
        [CONTACT, 'Event: refer', `Subscription-State: ${state}`, 'Content-Type: message/sipfrag;version=2.0'],
        [`SIP/2.0 ${status}`],
      ),
      ' retrans="500"',
    );
  const accepted = sameReply(202, 'Accepted');
  accepted.splice(-2, 0, CONTACT);
  return [
    `<recv request="REFER"/>${send(accepted)}`,
    `${news(1, 'active;expires=60', '100 Trying')}<recv response="200"/>`,
    `${news(2, 'terminated;reason=noresource', '200 OK')}<recv response="200"/>`,
  ].join('\n');
}

function hangUp(): string {
  return `${send(ownRequest('BYE', 1, [], []), ' retrans="500"')}<recv response="200"/>`;
}

/** SIPp warns about variables that a scenario keeps and never uses. */
const USED = '<Reference variables="1,2"/>';

/** Writes a scenario file for `startSipp`; `remove` deletes it again. */
export async function scenarioFile(
  steps: readonly Step[],
): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await temporaryFolder('scenario');
  const file = path.join(folder, 'scenario.xml');
  const body = steps.map(xml).join('\n');
  await writeFile(
    file,
    `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="uas">\n${body}\n${USED}\n</scenario>\n`,
  );
  return { file, remove: () => removeFolder(folder) };
}
