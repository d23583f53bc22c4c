/** What a registration can be in, what can happen to it, and what it can do: the alphabet of `machine.ts`. */

/** Why there is no registration. */
export interface Problem {
  readonly kind: /** The password, or who may register, is wrong: trying again soon would be the same again. */
    | 'credentials'
    | 'forbidden'
    | 'not-found'
    /** Another refusal that time does not mend. */
    | 'refused'
    /** The registrar has trouble (5xx). */
    | 'trouble'
    /** Nobody answers there. */
    | 'silent'
    /** Nothing could be sent there. */
    | 'unreachable'
    /** Our own SIP server is away. */
    | 'disconnected';
  readonly status?: number;
  /** What the far side or the network says, made harmless. */
  readonly text?: string;
}

/** The registrar sends calls here until then. */
export interface Binding {
  /** ms of the clock. */
  readonly at: number;
  readonly until: number;
}

/** What a registration is made with, from one try to the next. */
export interface Asked {
  /** Seconds that are asked for; grows when the registrar wants more (423). */
  readonly expiresS: number;
  /** The problem that was told of last; nothing is told twice. */
  readonly told?: string;
}

export type RegistrationState =
  | { readonly name: 'idle'; readonly asked: Asked }
  /** A REGISTER is out. `hop`: which of the registrar's places; `tooBrief`: how many 423 this try has had. */
  | {
      readonly name: 'registering';
      readonly asked: Asked;
      readonly hop: number;
      readonly tooBrief: number;
      readonly binding?: Binding;
    }
  | { readonly name: 'registered'; readonly asked: Asked; readonly hop: number; readonly binding: Binding }
  /** It failed and is tried again later. */
  | { readonly name: 'waiting'; readonly asked: Asked; readonly problem: Problem; readonly binding?: Binding }
  | { readonly name: 'unregistering'; readonly asked: Asked }
  | { readonly name: 'stopped'; readonly asked: Asked };

export type RegistrationInput =
  | { readonly type: 'start' }
  /** 2xx; `expiresS`: how long it lasts. */
  | { readonly type: 'granted'; readonly expiresS: number; readonly now: number }
  /** 423. */
  | { readonly type: 'too-brief'; readonly minS: number | undefined; readonly random: number }
  /** Any other final answer. `random`: 0 to 1. */
  | {
      readonly type: 'refused';
      readonly problem: Problem;
      readonly retryAfterS?: number;
      readonly random: number;
    }
  /** No answer of the registrar. */
  | { readonly type: 'unanswered'; readonly problem: Problem; readonly random: number }
  /** The time that was waited for has come. */
  | { readonly type: 'due' }
  /** Something has changed that makes the registration doubtful: an address, a server that was away. */
  | { readonly type: 'renew' }
  | { readonly type: 'stop' };

export type RegistrationEffect =
  /** Sends REGISTER to the place with this number. */
  | { readonly type: 'register'; readonly hop: number; readonly expiresS: number }
  | { readonly type: 'unregister' }
  /** `due` after this time; replaces an earlier wait. */
  | { readonly type: 'wait'; readonly ms: number }
  /** Tells administrators: of a problem once, and when it is over. */
  | { readonly type: 'tell'; readonly problem: Problem | undefined }
  /** All is done after `stop`. */
  | { readonly type: 'stopped' };

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly effects: readonly RegistrationEffect[];
}
