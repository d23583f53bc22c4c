/** SMPP accounts in the words of `smpp`. */
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/index.ts';
import type { SmppSettings } from '../smpp/index.ts';
import { present } from './present.ts';

const HOUR_MS = 3_600_000;

/** @throws when a file of certificates cannot be read */
export function smppSettings({ smpp }: Config): readonly SmppSettings[] {
  return smpp.map(accountOf);
}

function accountOf(account: Config['smpp'][number]): SmppSettings {
  const { name, host, backup_hosts, alphabet, message_ids: messageIds, number_types: types, validity_h } = account;
  const [first, ...others] = [host, ...backup_hosts].map((each) => endpointOf(each, account));
  if (first === undefined) throw new TypeError('an account has a host');
  return {
    name,
    endpoints: [first, ...others],
    systemId: account.system_id,
    password: account.password ?? '',
    systemType: account.system_type ?? '',
    bind: account.bind,
    addressRange: account.address_range ?? '',
    ...present({ sender: account.sender, perSecond: account.per_second }),
    submit: {
      alphabet,
      long: account.long,
      types: {
        international: types.international,
        national: types.national,
        short: types.short,
        alphanumeric: types.letters,
      },
      plus: account.plus,
      serviceType: account.service_type ?? '',
      receipts: account.receipts && account.bind !== 'transmitter',
      ...present({ validityMs: validity_h === undefined ? undefined : validity_h * HOUR_MS }),
    },
    deliver: { alphabet, messageIds, bareIsInternational: account.bare_numbers === 'international' },
    window: account.window,
    enquireLinkMs: account.enquire_link_s * 1000,
    answerMs: account.answer_s * 1000,
  };
}

function endpointOf(
  host: string,
  { port, tls, tls_server_name: serverName, tls_ca: ca }: Config['smpp'][number],
): SmppSettings['endpoints'][number] {
  if (!tls) return { host, port };
  return { host, port, tls: present({ serverName, ca: ca === undefined ? undefined : readFileSync(ca, 'utf8') }) };
}
