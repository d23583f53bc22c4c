/** Texts as SMS: how many they are, where they are cut, how parts are joined. Pure. */
export { costSentence } from './cost.ts';
export { countSegments, type SegmentCount } from './count.ts';
export { cutText } from './cut.ts';
export { type GuessedTexts, guessTexts, type HeldText, type Joined, joinParts } from './join.ts';
