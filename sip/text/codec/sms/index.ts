/** How an SMS is written, whatever carries it (3GPP over SIP, SMPP): alphabets and the user data header. Pure. */
export { SMS_UNITS, type SmsAlphabet, smsAlphabet, smsUnits } from './alphabet.ts';
export { gsm7Decode, gsm7Encode, gsm7Septets, isGsm7, packSeptets, unpackSeptets } from './gsm7.ts';
export { type NationalLanguage, type NationalTables, nationalTables } from './national.ts';
export { ucs2Decode, ucs2Encode } from './ucs2.ts';
export { buildUdh, type Concatenation, parseUdh, type UserDataHeader } from './udh.ts';
