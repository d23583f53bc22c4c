/** Registration of accounts at their registrars (RFC 3261 §10): made, kept alive, ended; and what is learned by it. */
export { initialRegistration, refreshAfterMs, stepRegistration } from './machine.ts';
export { refusalOf, silenceOf } from './problem.ts';
export { buildRegister, contactOf, registrarUri } from './register.ts';
export { Registration, type RegistrationParts } from './registration.ts';
export type { Problem, RegistrationEffect, RegistrationInput, RegistrationState } from './states.ts';
export { isSamePlace, type Whereabouts, whereaboutsOf } from './whereabouts.ts';
export { problemWords } from './words.ts';
