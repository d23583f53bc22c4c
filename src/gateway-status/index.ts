/** How the gateway does: each part's health in words, and its figures. For `gateway.ts`, which knows the parts. */
export { CallCounters } from './call-counters.ts';
export { type Certificate, certificatesHealth, certificatesOf } from './certificates.ts';
export { booksHealth, homeserverHealth, mediaHealth, sipHealth, trunksHealth } from './health.ts';
export { callMetrics, certificateMetrics, mediaMetrics, sipMetrics, trunkMetrics } from './metrics.ts';
export { createMissedTeller, type MissedTeller } from './missed.ts';
export { MoneyCounters } from './money-counters.ts';
export { createProviderErrorTeller, type ProviderError } from './provider-errors.ts';
export { createVoicemailTeller, tellTrunk } from './telling.ts';
export { TextCounters } from './text-counters.ts';
export { tellTexts, textsHealth, watchTexts } from './texts.ts';
export { watchCertificate } from './watch-certificates.ts';
