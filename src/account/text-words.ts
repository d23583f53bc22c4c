/** Why a text does not go: one sentence for its writer. */
export const textWords = {
  notPermitted: 'You do not have permission to send texts through this gateway. Please ask its administrator.',
  federated: (server: string) => `Only users of ${server} may send texts through this gateway.`,
  unusable: 'This is not a number that can be written to.',
  emergency: (number: string) => `Texts to ${number} are not possible here. In an emergency, call from a telephone.`,
  code: 'A code with * or # can be called, but not written to.',
  destination: 'Texts to numbers of this kind are not allowed here. Please ask the administrator of the gateway.',
  noWay: 'No way is set up for texts to this number. Please ask the administrator of the gateway.',
  noRate: 'No price is known for texts to this number, so it cannot be written to. Please tell your administrator.',
  noSender: 'Texts to this number cannot come from your number. Please ask the administrator of the gateway.',
} as const;
