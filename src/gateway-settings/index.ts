/** The other half of the composition root: the configuration in the words of each part. Pure, apart from reading files. */
export { type AccountRules, type Accounts, accountRules, accountsOf, lineBook } from './account.ts';
export { drachtioSettings } from './drachtio.ts';
export { freeswitchSettings, freeswitchSipServer } from './freeswitch.ts';
export { ledgerSettings, microsOf } from './ledger.ts';
export { ghostFormat, matrixSettings } from './matrix.ts';
export { mediaSettings } from './media.ts';
export { creditSettings, fraudRules, lowBalanceOf, ratingRules } from './money.ts';
export { numberRules, numberRulesOf } from './numbers.ts';
export { sipServerSettings, trunkTls } from './sip-server.ts';
export { smppSettings } from './smpp.ts';
export {
  inboundTextPolicy,
  keepTexts,
  numberPools,
  outboundTextPolicy,
  sipTextTrunks,
  textParty,
  textRules,
} from './texts.ts';
export { providerErrors, trunkOf, trunksOf } from './trunk.ts';
