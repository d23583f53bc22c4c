/** Kamailio (Debian package kamailio) as a provider's proxy: challenges, record-routes, forwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, withFreshPorts } from '../ports.ts';
import { Process } from '../process.ts';
import { portBound } from './ports.ts';

export interface KamailioOptions {
  /** Where calls go after the proxy: `host:port` (UDP). */
  readonly forwardTo: string;
  /** Asks for digest credentials on these methods (default INVITE and BYE and UPDATE outside and inside dialogs). */
  readonly auth?: {
    readonly username: string;
    readonly password: string;
    readonly realm: string;
    readonly algorithm: 'MD5' | 'SHA-256';
    /** 407 (`proxy`, the default) or 401 (`www`). */
    readonly kind?: 'proxy' | 'www';
    /** Challenges requests inside a dialog too. */
    readonly inDialog?: boolean;
  };
  /** Stays in the path of the dialog; default true. */
  readonly recordRoute?: boolean;
  /** Listens for SIP over TLS too, with this certificate (PEM files). */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface Kamailio {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Where it listens for TLS; 0 when it does not. */
  readonly tlsPort: number;
  /** Everything it logged: one line `TRACE <method> <status or ->` for each message, and its own. */
  output(): string;
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  stop(): Promise<void>;
}

/** Starts a Kamailio on an ephemeral port of loopback (UDP and TCP); settles when it listens. */
export function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  return withFreshPorts(() => start(options));
}

async function start(options: KamailioOptions): Promise<Kamailio> {
  const directory = await mkdtemp(join(tmpdir(), 'kamailio-'));
  const port = await freePort();
  const tlsPort = options.tls === undefined ? 0 : await freePort();
  const file = join(directory, 'kamailio.cfg');
  await writeFile(file, configuration(options, port, tlsPort));
  const args = ['-f', file, '-DD', '-E', '-P', join(directory, 'pid'), '-Y', directory, '-m', '16', '-M', '4'];
  const child = await Process.start('kamailio', args, { name: 'kamailio', cwd: directory });
  await portBound('udp', port, { by: child });
  await portBound('tcp', port, { by: child });
  if (tlsPort !== 0) await portBound('tcp', tlsPort, { by: child });
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    output: () => child.output,
    waitForOutput: (pattern, timeoutMs) => child.waitForOutput(pattern, timeoutMs),
    async stop() {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(options: KamailioOptions, port: number, tlsPort: number): string {
  const { auth, tls } = options;
  const challenge = (kind: 'proxy' | 'www'): string =>
    kind === 'proxy' ? 'pv_proxy_authenticate' : 'pv_www_authenticate';
  const kind = auth?.kind ?? 'proxy';
  const flavour = kind === 'proxy' ? 'proxy_challenge' : 'www_challenge';
  const authenticate = auth
    ? `
  # Flag 1: qop=auth in the challenge.
  if (!${challenge(kind)}("${auth.realm}", "${auth.password}", "0") || $au != "${auth.username}") {
    xlog("L_NOTICE", "TRACE $rm challenged\\n");
    ${flavour}("${auth.realm}", "1");
    exit;
  }
  consume_credentials();`
    : '';
  return `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
disable_tcp=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
${tls === undefined ? '' : `enable_tls=yes\nlisten=tls:127.0.0.1:${tlsPort}`}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "auth.so"
${
  tls === undefined
    ? ''
    : `loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "${tls.certificateFile}")
modparam("tls", "private_key", "${tls.keyFile}")
modparam("tls", "verify_certificate", 0)`
}
modparam("auth", "algorithm", "${auth?.algorithm ?? 'MD5'}")
modparam("auth", "nonce_expire", 300)
modparam("rr", "enable_full_lr", 1)

request_route {
  xlog("L_NOTICE", "TRACE $rm -\\n");
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("OPTIONS") && uri == myself && $rU == $null) {
    sl_send_reply("200", "OK");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (!loose_route()) {
      if (is_method("ACK") && t_check_trans()) {
        t_relay();
        exit;
      }
      if (is_method("ACK")) exit;
      sl_send_reply("404", "Not here");
      exit;
    }
    ${auth?.inDialog ? `if (!is_method("ACK|PRACK")) route(AUTH);` : ''}
    t_relay();
    exit;
  }
  if (is_method("ACK")) exit;
  t_check_trans();
  route(AUTH);
  ${(options.recordRoute ?? true) ? 'record_route();' : ''}
  $du = "sip:${options.forwardTo}";
  t_on_reply("REPLY");
  if (!t_relay()) sl_reply_error();
  exit;
}

route[AUTH] {${authenticate}
  return;
}

onreply_route[REPLY] {
  xlog("L_NOTICE", "TRACE $rm $rs\\n");
}
`;
}
