/** The page's start: configuration, session, then the log-in form or the telephone. */
import { element } from './elements.ts';
import { warn } from './log.ts';
import { LogInView } from './log-in-view.ts';
import { Phone, type PhoneListener } from './phone.ts';
import { isBusy } from './phone-state.ts';
import { PhoneView } from './phone-view.ts';
import { clientFor, forgetSession, type Session, storedSession, storeSession } from './session.ts';
import { Tabs } from './tabs.ts';
import { TextView } from './text-view.ts';
import { Texts } from './texts.ts';

const audio = new Audio();
audio.autoplay = true;
let phone: Phone | undefined;
let texts: Texts | undefined;

/** What the gateway says of itself. */
interface Configuration {
  /** Without it the user writes one. */
  readonly homeserverUrl: string;
  /** Beginnings of the user IDs that are the gateway's. */
  readonly gatewayUsers: readonly string[];
}

async function configured(): Promise<Configuration> {
  try {
    const config: unknown = await (await fetch('config.json')).json();
    const { homeserverUrl, gatewayUsers } = config as { homeserverUrl?: unknown; gatewayUsers?: unknown };
    return {
      homeserverUrl: typeof homeserverUrl === 'string' ? homeserverUrl : '',
      gatewayUsers: Array.isArray(gatewayUsers) ? gatewayUsers.filter((each) => typeof each === 'string') : [],
    };
  } catch (error) {
    warn('no configuration from the gateway', error);
    return { homeserverUrl: '', gatewayUsers: [] };
  }
}

const configuration = configured();
const homeserver = configuration.then(({ homeserverUrl }) => homeserverUrl);

const phoneView = new PhoneView({
  dial: (number) => void phone?.dial(number),
  hangUp: () => phone?.hangUp(),
  answer: () => void phone?.answer(),
  setMuted: (muted) => void phone?.setMuted(muted),
  setHeld: (held) => phone?.setHeld(held),
  sendDigit: (digit) => phone?.sendDigit(digit),
  dismiss: () => phone?.dismiss(),
});

const textView = new TextView({
  open: async (number) => texts?.open(number),
  send: (body) => void texts?.send(body),
  close: () => texts?.close(),
});

const tabs = new Tabs((name) => (name === 'call' ? phoneView : textView).focus());

const logInView = new LogInView((session) => {
  storeSession(localStorage, session);
  void open(session);
});

/** Another homeserver may have users of such names, too. */
function isOfServer(user: string, own: string): boolean {
  return user.slice(user.indexOf(':')) === own.slice(own.indexOf(':'));
}

async function open(session: Session): Promise<void> {
  logInView.hide();
  element('starting').hidden = false;
  const { gatewayUsers } = await configuration;
  const isGateway = (user: string) =>
    isOfServer(user, session.userId) && gatewayUsers.some((start) => user.startsWith(start));
  const listener: PhoneListener = {
    onState: (state) => {
      // Who rings is seen, whatever else is done.
      if (isBusy(state)) tabs.choose('call');
      phoneView.show(state);
    },
    onOnline: (online) => {
      element('offline').hidden = online;
    },
    onLoggedOut: () => void leave('You were logged out. Log in again.'),
    onAudio: (stream) => {
      audio.srcObject = stream ?? null;
    },
  };
  const client = clientFor(session);
  const current = new Phone(client, listener, isGateway);
  texts = new Texts(client, { onLines: (lines) => textView.show(lines) });
  phone = current;
  element('user').textContent = session.userId;
  element('account').hidden = false;
  await current.start();
  if (phone !== current) return;
  element('starting').hidden = true;
  tabs.show('call');
  phoneView.show(current.state);
  phoneView.focus();
}

async function leave(problem?: string): Promise<void> {
  phone?.stop();
  phone = undefined;
  textView.reset();
  texts = undefined;
  forgetSession(localStorage);
  tabs.show(undefined);
  for (const id of ['starting', 'account', 'offline']) element(id).hidden = true;
  logInView.show(await homeserver, problem);
}

element('log-out').addEventListener('click', () => {
  const leaving = phone;
  phone = undefined;
  // The homeserver may be away; the session is forgotten here all the same.
  leaving?.logOut().catch((error: unknown) => warn('the homeserver did not take the log-out', error));
  void leave();
});

window.addEventListener('pagehide', () => phone?.hangUp());

element('insecure').hidden = window.isSecureContext;
const session = storedSession(localStorage);
if (session === undefined) {
  element('starting').hidden = true;
  logInView.show(await homeserver);
} else {
  await open(session);
}
