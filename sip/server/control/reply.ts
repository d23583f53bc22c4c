/** What the server tells the application: the server's half of drachtio's control protocol. Pure. */
import { type SipMessage, serializeHead, wrapBody } from '../../message/index.ts';
import { encodeFrame } from './frame.ts';

/** Where a message came from or went to, as the application reads it. */
export interface MessageMeta {
  readonly source: 'network' | 'application';
  readonly bytes: number;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

let counter = 0;

/** Message ids need only be unlike each other. */
function nextId(): string {
  counter = (counter + 1) % Number.MAX_SAFE_INTEGER;
  return `t${counter.toString(36)}`;
}

/** `response|<id>|OK` with what belongs to it. */
export function okFrame(commandId: string, detail = ''): Buffer {
  return encodeFrame(`${nextId()}|response|${commandId}|OK${detail === '' ? '' : `|${detail}`}`);
}

/**
 * A refusal of authenticate, route and unknown commands; drachtio writes NO there and NOK for SIP messages.
 * @param reason in words, without bars
 */
export function refusalFrame(commandId: string, reason: string, word: 'NO' | 'NOK' = 'NOK'): Buffer {
  return encodeFrame(`${nextId()}|response|${commandId}|${word}|${reason.replaceAll('|', '/')}`);
}

/** The request that went out for a command, with the transaction id that its responses will have. */
export function requestSentFrame(
  commandId: string,
  meta: MessageMeta,
  transactionId: string,
  sent: SipMessage,
): Buffer {
  const text = `${nextId()}|response|${commandId}|OK|${metaText(meta)}|${transactionId}|Msg sent:|\r\n`;
  return messageFrame(text, sent);
}

/** The response that went out for a command, with the id of its dialog. */
export function responseSentFrame(
  commandId: string,
  meta: MessageMeta,
  transactionId: string,
  dialogId: string,
  sent: SipMessage,
): Buffer {
  const text = `${nextId()}|response|${commandId}|OK|${metaText(meta)}|${transactionId}|${dialogId}||Msg sent:|\r\n`;
  return messageFrame(text, sent);
}

/** A message from the network, or a request that the server sent on its own (`transactionId` is `unsolicited`). */
export function sipFrame(
  meta: MessageMeta,
  transactionId: string,
  dialogId: string,
  message: SipMessage,
  receivedOn?: { host: string; port: number },
): Buffer {
  const on = receivedOn === undefined ? '' : `${receivedOn.host}|${receivedOn.port}|`;
  const text = `${nextId()}|sip|${metaText(meta)}|${transactionId}|${dialogId}|${on}\r\n`;
  return messageFrame(text, message);
}

/** drachtio-srf knows few compact names: it gets long ones; and it reads text alone. */
function messageFrame(leader: string, message: SipMessage): Buffer {
  const readable = wrapBody(message);
  return encodeFrame(`${leader}${serializeHead(readable, { canonicalNames: true })}`, readable.body);
}

function metaText(meta: MessageMeta): string {
  return `${meta.source}|${meta.bytes}|${meta.protocol}|${meta.address}|${meta.port}|${timeOfDay()}`;
}

/** drachtio's form: the time of day in UTC with microseconds. */
function timeOfDay(): string {
  return `${new Date().toISOString().slice(11, 23)}000`;
}
