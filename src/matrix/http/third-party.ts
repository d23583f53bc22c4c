/** Answers to third-party lookups (MSC2845; application service API, "Third-party networks"). Pure. */
import { PHONE_FIELD, PROTOCOLS } from './route.ts';

/** Whole, since some homeservers decode all of it. No instances: one would put "Telephone" among the room directories. */
export const PROTOCOL = {
  user_fields: [PHONE_FIELD],
  location_fields: [],
  icon: '',
  field_types: { [PHONE_FIELD]: { regexp: '.+', placeholder: '+441632960000' } },
  instances: [],
} as const;

export function isOurProtocol(protocol: string): boolean {
  return (PROTOCOLS as readonly string[]).includes(protocol);
}

export interface ThirdPartyUser {
  readonly userid: string;
  readonly protocol: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The number as it was dialled: the lookup does not make it canonical (MSC2845). */
export function thirdPartyUser(userid: string, protocol: string, dialled: string): ThirdPartyUser {
  return { userid, protocol, fields: { [PHONE_FIELD]: dialled } };
}
