/** Words by which a telephone refuses texts, asks for them again, or asks for help, and what is answered. Pure. */

export type ConsentMeaning = 'stop' | 'start' | 'help';
export type ConsentLanguage =
  | 'en'
  | 'fr'
  | 'de'
  | 'es'
  | 'pt'
  | 'it'
  | 'nl'
  | 'pl'
  | 'sv'
  | 'da'
  | 'nb'
  | 'fi'
  | 'ru'
  | 'tr';

export interface ConsentWord {
  readonly meaning: ConsentMeaning;
  /** As it stands in the table, in capitals. */
  readonly word: string;
  /** Whose word it is; words of several languages count as English. */
  readonly language: ConsentLanguage;
}

type Words = Readonly<Record<ConsentMeaning, readonly string[]>>;

/**
 * What the American carriers' rules (CTIA Messaging Principles §5.1.2) and large providers act on, and the same in other languages.
 * A word stands under one language only, so that the answer has one. Everyday answers stay out: "no", "yes", "si".
 */
const WORDS: Readonly<Record<ConsentLanguage, Words>> = {
  en: {
    stop: [
      'STOP',
      'STOPALL',
      'STOP ALL',
      'UNSUBSCRIBE',
      'CANCEL',
      'END',
      'QUIT',
      'REVOKE',
      'OPTOUT',
      'OPT OUT',
      'OPT-OUT',
      'REMOVE',
    ],
    start: ['START', 'UNSTOP', 'SUBSCRIBE', 'OPTIN', 'OPT IN', 'OPT-IN'],
    help: ['HELP', 'INFO'],
  },
  fr: {
    stop: ['ARRET', 'ARRÊT', 'ARRETER', 'ARRÊTER', 'DESABONNER', 'DÉSABONNER', 'DESINSCRIRE', 'DÉSINSCRIRE'],
    start: ['REPRENDRE', 'RECOMMENCER', 'ABONNER'],
    help: ['AIDE'],
  },
  de: {
    stop: ['STOPP', 'ABMELDEN', 'ABBESTELLEN', 'KÜNDIGEN', 'KUENDIGEN'],
    start: ['ANMELDEN', 'STARTEN'],
    help: ['HILFE'],
  },
  es: {
    stop: ['BAJA', 'ALTO', 'PARAR', 'CANCELAR', 'ANULAR', 'DETENER'],
    start: ['ALTA', 'INICIAR', 'REANUDAR', 'EMPEZAR', 'COMENZAR'],
    help: ['AYUDA'],
  },
  pt: { stop: ['PARE', 'SAIR', 'REMOVER'], start: ['VOLTAR', 'COMEÇAR', 'COMECAR'], help: ['AJUDA'] },
  it: {
    stop: ['FERMA', 'FERMARE', 'ANNULLA', 'DISISCRIVI', 'DISISCRIVIMI'],
    start: ['INIZIA', 'RIPRENDI', 'ISCRIVIMI'],
    help: ['AIUTO'],
  },
  nl: { stop: ['STOPPEN', 'AFMELDEN', 'UITSCHRIJVEN'], start: ['AANMELDEN', 'INSCHRIJVEN'], help: ['HULP'] },
  pl: { stop: ['WYPISZ', 'REZYGNUJ', 'REZYGNUJĘ', 'REZYGNUJE'], start: ['WZNÓW', 'WZNOW', 'ZAPISZ'], help: ['POMOC'] },
  sv: { stop: ['STOPPA', 'AVSLUTA', 'AVREGISTRERA'], start: ['STARTA'], help: ['HJÄLP', 'HJALP'] },
  da: { stop: ['AFMELD'], start: ['TILMELD'], help: ['HJÆLP', 'HJAELP'] },
  nb: { stop: ['STANS', 'AVSLUTT', 'AVMELD'], start: ['PÅMELD', 'PAMELD'], help: ['HJELP'] },
  fi: { stop: ['LOPETA', 'PERUUTA'], start: ['ALOITA'], help: ['OHJE', 'APUA'] },
  ru: { stop: ['СТОП', 'ОТПИСАТЬСЯ', 'ОТПИСКА'], start: ['СТАРТ', 'ПОДПИСАТЬСЯ'], help: ['ПОМОЩЬ', 'СПРАВКА'] },
  tr: { stop: ['IPTAL'], start: ['BAŞLA', 'BASLA'], help: ['YARDIM'] },
};

const table: ReadonlyMap<string, ConsentWord> = new Map(
  (Object.entries(WORDS) as [ConsentLanguage, Words][]).flatMap(([language, words]) =>
    (Object.entries(words) as [ConsentMeaning, readonly string[]][]).flatMap(([meaning, list]) =>
      list.map((word): [string, ConsentWord] => [word, { meaning, word, language }]),
    ),
  ),
);

const LONGEST_WORD = Math.max(...[...table.keys()].map((word) => word.length));
/** Room for the blanks, quotes and full stops that people put around a word. */
const LONGEST_TEXT = LONGEST_WORD + 32;

/**
 * The keyword that a whole text is: "Stop.", " STOP ", "“stop”" and "STOP!!" are one, "Stop texting me" is not, since it may be said
 * to a person; nor is "end of the road".
 */
export function consentWord(text: string): ConsentWord | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const word = text
    .normalize('NFC')
    .replace(/^[\p{P}\p{Z}\p{S}\p{C}]+|[\p{P}\p{Z}\p{S}\p{C}]+$/gu, '')
    .replace(/\s+/gu, ' ')
    // A Turkish telephone writes QUİT.
    .toUpperCase()
    .replace(/İ/gu, 'I');
  return table.get(word);
}

export interface ConsentAnswer {
  /** Who writes, as telephones know them: a name, or the number. */
  readonly sender?: string;
  /** Where people get help: an address or a number. */
  readonly contact?: string;
}

type Answers = Readonly<Record<ConsentMeaning, (from: string, contact: string) => string>>;

// One SMS each, in letters of the GSM alphabet where the language has them: Polish, Russian and Turkish may need two.
const ANSWERS: Readonly<Record<ConsentLanguage, Answers>> = {
  en: {
    stop: (from) => `You will get no more texts${from && ` from ${from}`}. Reply START to get them again.`,
    start: (from) => `You will get texts${from && ` from ${from}`} again. Reply STOP to end them.`,
    help: (from, contact) =>
      `${from ? `Texts from ${from}` : 'Texts from this number'}: reply STOP to end them.${contact && ` Help: ${contact}`}`,
  },
  fr: {
    stop: (from) => `Vous ne recevrez plus de SMS${from && ` de ${from}`}. Répondez START pour en recevoir à nouveau.`,
    start: (from) => `Vous recevrez à nouveau des SMS${from && ` de ${from}`}. Répondez STOP pour ne plus en recevoir.`,
    help: (from, contact) =>
      `${from ? `SMS de ${from}` : 'SMS de ce numéro'} : répondez STOP pour ne plus en recevoir.${contact && ` Aide : ${contact}`}`,
  },
  de: {
    stop: (from) => `Sie erhalten keine SMS mehr${from && ` von ${from}`}. Mit START erhalten Sie sie wieder.`,
    start: (from) => `Sie erhalten wieder SMS${from && ` von ${from}`}. Mit STOP bestellen Sie sie ab.`,
    help: (from, contact) =>
      `${from ? `SMS von ${from}` : 'SMS von dieser Nummer'}: mit STOP bestellen Sie sie ab.${contact && ` Hilfe: ${contact}`}`,
  },
  es: {
    stop: (from) => `Ya no recibe SMS${from && ` de ${from}`}. Responda START para recibirlos de nuevo.`,
    start: (from) => `Recibe de nuevo SMS${from && ` de ${from}`}. Responda STOP para no recibirlos.`,
    help: (from, contact) =>
      `${from ? `SMS de ${from}` : 'SMS de este remitente'}: responda STOP para no recibirlos.${contact && ` Ayuda: ${contact}`}`,
  },
  pt: {
    stop: (from) => `Deixou de receber SMS${from && ` de ${from}`}. Responda START para voltar a receber.`,
    start: (from) => `Volta a receber SMS${from && ` de ${from}`}. Responda STOP para deixar de receber.`,
    help: (from, contact) =>
      `${from ? `SMS de ${from}` : 'SMS deste remetente'}: responda STOP para deixar de receber.${contact && ` Ajuda: ${contact}`}`,
  },
  it: {
    stop: (from) => `Non riceverà più SMS${from && ` da ${from}`}. Risponda START per riceverli di nuovo.`,
    start: (from) => `Riceverà di nuovo SMS${from && ` da ${from}`}. Risponda STOP per non riceverne più.`,
    help: (from, contact) =>
      `${from ? `SMS da ${from}` : 'SMS da questo numero'}: risponda STOP per non riceverne più.${contact && ` Aiuto: ${contact}`}`,
  },
  nl: {
    stop: (from) => `U ontvangt geen sms meer${from && ` van ${from}`}. Antwoord START om ze weer te ontvangen.`,
    start: (from) => `U ontvangt weer sms${from && ` van ${from}`}. Antwoord STOP om ze te stoppen.`,
    help: (from, contact) =>
      `${from ? `Sms van ${from}` : 'Sms van dit nummer'}: antwoord STOP om ze te stoppen.${contact && ` Hulp: ${contact}`}`,
  },
  pl: {
    stop: (from) => `Nie będziesz otrzymywać SMS${from && ` od ${from}`}. Odpisz START, aby je wznowić.`,
    start: (from) => `Znów będziesz otrzymywać SMS${from && ` od ${from}`}. Odpisz STOP, aby zrezygnować.`,
    help: (from, contact) =>
      `${from ? `SMS od ${from}` : 'SMS z tego numeru'}: odpisz STOP, aby zrezygnować.${contact && ` Pomoc: ${contact}`}`,
  },
  sv: {
    stop: (from) => `Du får inga fler sms${from && ` från ${from}`}. Svara START för att få dem igen.`,
    start: (from) => `Du får sms${from && ` från ${from}`} igen. Svara STOP för att avsluta.`,
    help: (from, contact) =>
      `${from ? `Sms från ${from}` : 'Sms från detta nummer'}: svara STOP för att avsluta.${contact && ` Hjälp: ${contact}`}`,
  },
  da: {
    stop: (from) => `Du får ikke flere sms'er${from && ` fra ${from}`}. Svar START for at få dem igen.`,
    start: (from) => `Du får sms'er${from && ` fra ${from}`} igen. Svar STOP for at afmelde.`,
    help: (from, contact) =>
      `${from ? `Sms'er fra ${from}` : "Sms'er fra dette nummer"}: svar STOP for at afmelde.${contact && ` Hjælp: ${contact}`}`,
  },
  nb: {
    stop: (from) => `Du får ikke flere SMS${from && ` fra ${from}`}. Svar START for å få dem igjen.`,
    start: (from) => `Du får SMS${from && ` fra ${from}`} igjen. Svar STOP for å avslutte.`,
    help: (from, contact) =>
      `${from ? `SMS fra ${from}` : 'SMS fra dette nummeret'}: svar STOP for å avslutte.${contact && ` Hjelp: ${contact}`}`,
  },
  fi: {
    stop: (from) =>
      `Et saa enää tekstiviestejä${from && ` lähettäjältä ${from}`}. Vastaa START, jos haluat niitä taas.`,
    start: (from) => `Saat taas tekstiviestejä${from && ` lähettäjältä ${from}`}. Lopeta vastaamalla STOP.`,
    help: (from, contact) =>
      `${from ? `Tekstiviestit: ${from}` : 'Tekstiviestit tästä numerosta'}. Lopeta vastaamalla STOP.${contact && ` Ohje: ${contact}`}`,
  },
  ru: {
    stop: (from) => `Вы больше не получите SMS${from && ` от ${from}`}. Ответьте START, чтобы получать их снова.`,
    start: (from) => `Вы снова будете получать SMS${from && ` от ${from}`}. Ответьте STOP, чтобы отказаться.`,
    help: (from, contact) =>
      `${from ? `SMS от ${from}` : 'SMS с этого номера'}: ответьте STOP, чтобы отказаться.${contact && ` Помощь: ${contact}`}`,
  },
  tr: {
    stop: (from) => `${from && `${from}: `}artık SMS almayacaksınız. Yeniden almak için START yazın.`,
    start: (from) => `${from && `${from}: `}yeniden SMS alacaksınız. Durdurmak için STOP yazın.`,
    help: (from, contact) => `${from && `${from}: `}SMS almamak için STOP yazın.${contact && ` Yardım: ${contact}`}`,
  },
};

/** What the telephone is told: one SMS that names the word which undoes it. */
export function consentAnswer(meaning: ConsentMeaning, language: ConsentLanguage, of: ConsentAnswer = {}): string {
  return ANSWERS[language][meaning](of.sender ?? '', of.contact ?? '');
}
