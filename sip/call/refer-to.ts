/** The value of Refer-To: a number or URI that the trunk can call, or another call of ours to take over. Pure. */
import { type SipLeg, SipRequestError } from '../leg.ts';
import { lenient, parseUri, type SipUri, stringifyUri, userText } from '../message/index.ts';
import { type TrunkSettings, targetAddress } from '../trunk/index.ts';
import { type DialogFacts, holdsDialog, stringifyReplaces } from './dialog-facts.ts';

/**
 * @param to what could be dialled, or a call whose far side shall be reached in our place (RFC 5589 §7)
 * @throws SipRequestError when the call has no dialog, TargetError when the target cannot be written as a URI
 */
export function referTo(trunk: TrunkSettings, to: string | SipLeg): string {
  if (typeof to === 'string') return `<${targetAddress(trunk, to)}>`;
  const dialog = holdsDialog(to) ? to.dialog : undefined;
  const uri = dialog === undefined ? undefined : farSide(dialog);
  if (dialog === undefined || uri === undefined) {
    const phrase = 'The call to transfer to is over or was not answered';
    throw new SipRequestError({ status: 481, phrase, sawProvisional: false, origin: 'local' });
  }
  // RFC 3261 §19.1.1: `;`, `=` and `@` of the value are escaped inside a URI.
  return `<${uri}?Replaces=${encodeURIComponent(stringifyReplaces(dialog))}>`;
}

/** Its address, which proxies can find it by; for one that withholds it, its Contact. */
function farSide(dialog: DialogFacts): string | undefined {
  const address = bare(dialog.remoteUri);
  const anonymous = address === undefined || userText(address)?.toLowerCase() === 'anonymous';
  const chosen = anonymous ? bare(dialog.remoteTarget ?? '') : address;
  return chosen === undefined ? undefined : stringifyUri(chosen);
}

function bare(text: string): SipUri | undefined {
  const uri = lenient(() => parseUri(text));
  if (uri?.kind !== 'sip') return undefined;
  const { headers: _headers, password: _password, ...rest } = uri;
  return { ...rest, params: rest.params.filter(({ name }) => !/^(?:method|tag)$/i.test(name)) };
}
