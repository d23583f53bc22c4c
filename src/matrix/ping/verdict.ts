/** What the outcome of a ping means, in words for the administrator (application service API, "Pinging"). Pure. */
import { HomeserverError } from '../client/errors.ts';
import { finiteNumber, objectOr } from '../json.ts';

export type PingOutcome =
  | { readonly ok: true; readonly roundTripMs: number | undefined }
  | { readonly ok: false; readonly error: unknown };

export interface PingVerdict {
  readonly state: 'proven' | 'homeserver-unreachable' | 'not-registered' | 'cannot-reach-us' | 'not-supported';
  /** A sentence: what happened, and what to do. */
  readonly words: string;
  /** Whether it may get better by itself. */
  readonly tryAgain: boolean;
}

/** The addresses that the words name. */
export interface PingContext {
  readonly homeserverUrl: string;
  readonly appserviceId: string;
  readonly appserviceUrl: string;
}

export function pingVerdict(outcome: PingOutcome, context: PingContext): PingVerdict {
  if (outcome.ok) {
    const time = outcome.roundTripMs === undefined ? '' : ` (${outcome.roundTripMs} ms)`;
    return proven(`The homeserver and the gateway reach each other${time}.`);
  }
  const { error } = outcome;
  if (!(error instanceof HomeserverError)) {
    return failed(
      'homeserver-unreachable',
      `The ping failed: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const { status, errcode, detail } = error.facts;
  const { homeserverUrl, appserviceId, appserviceUrl } = context;
  switch (errcode) {
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
      return failed(
        'not-registered',
        `The homeserver at ${homeserverUrl} does not know the gateway's token. Add the registration file to its configuration ` +
          '(Synapse: app_service_config_files), see that both use the same file, and restart the homeserver.',
      );
    case 'M_FORBIDDEN':
      return failed(
        'not-registered',
        `The homeserver knows the gateway's token under another ID than "${appserviceId}". Use the same registration file on ` +
          'both sides, and restart the homeserver.',
      );
    case 'M_URL_NOT_SET':
      return failed(
        'cannot-reach-us',
        'The registration that the homeserver uses has no url, so it sends nothing to the gateway. Set url in the ' +
          'registration file and restart the homeserver.',
      );
    case 'M_CONNECTION_TIMEOUT':
      return failed(
        'cannot-reach-us',
        `The homeserver got no answer in time when it called the gateway at the url of its registration (${appserviceUrl}). ` +
          'Check firewalls and proxies between the two.',
      );
    case 'M_CONNECTION_FAILED':
      return failed(
        'cannot-reach-us',
        `The homeserver cannot connect to the gateway at the url of its registration (${appserviceUrl})${said(detail)}. ` +
          'Check that this address is right as seen from the homeserver and that the gateway listens there.',
      );
    case 'M_BAD_STATUS':
      return badStatus(error.facts.body, appserviceUrl);
    case 'M_UNRECOGNIZED':
      return {
        state: 'not-supported',
        words:
          'The homeserver does not know the ping of application services (it is in the specification since version 1.7), so ' +
          'whether it reaches the gateway shows only with the first call.',
        tryAgain: false,
      };
    default:
      return unreachable(status, detail, homeserverUrl);
  }
}

/** The gateway answered the homeserver's call with something else than 200. */
function badStatus(body: unknown, appserviceUrl: string): PingVerdict {
  const status = finiteNumber(objectOr(body).status);
  const words =
    status === 401 || status === 403
      ? `The homeserver reaches the gateway at ${appserviceUrl} but shows a token that is not the hs_token. Use the same ` +
        'registration file on both sides, and restart the homeserver.'
      : `Something other than the gateway answered at the url of the registration (${appserviceUrl}), with status ` +
        `${status ?? 'unknown'}. Check the url and any proxy on the way.`;
  return failed('cannot-reach-us', words);
}

function unreachable(status: number | undefined, detail: string | undefined, homeserverUrl: string): PingVerdict {
  const words =
    status === undefined
      ? `The homeserver at ${homeserverUrl} cannot be reached${said(detail)}. Is it running, and is homeserver.url right?`
      : `The homeserver at ${homeserverUrl} answered ${status}${said(detail)}. Is it up, and is homeserver.url right?`;
  return failed('homeserver-unreachable', words);
}

function proven(words: string): PingVerdict {
  return { state: 'proven', words, tryAgain: false };
}

function failed(state: PingVerdict['state'], words: string): PingVerdict {
  return { state, words, tryAgain: true };
}

function said(detail: string | undefined): string {
  return detail === undefined || detail === '' ? '' : ` (${detail.slice(0, 200)})`;
}
