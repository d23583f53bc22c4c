/**
 * What the machine does with every event in every phase. `-`: nothing at all. `=`: the phase's state stays as it is, `~`: it
 * stays in the phase and remembers something, `→`: it goes on. Then the effects, in order. A phase that is missing in a
 * row, or an event that has no row, fails the test.
 */
export const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'matrix-invite': {
    'new': '→ deciding | setTimer lifetime 59000 | decide',
    'deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-invite stale': {
    'new': '→ ended | finish invite-stale by gateway',
    'deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-candidates': {
    'new ended': '-',
    deciding: '~',
    'preparing calling ringing answering-early early answering connecting talking transferring referred':
      '= | addCandidates late',
  },
  'matrix-answer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-select-answer own': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-select-answer other': {
    'new ended': '-',
    deciding: '→ ended | finish answered-elsewhere by caller',
    preparing: '→ ended | closeMedia | finish answered-elsewhere by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 26 | closeMedia | finish answered-elsewhere by caller',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 26 | closeMedia | finish answered-elsewhere by caller',
  },
  'matrix-reject': {
    'new ended': '-',
    deciding: '→ ended | finish normal by caller',
    preparing: '→ ended | closeMedia | finish normal by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 16 | closeMedia | finish normal by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 16 | closeMedia | finish normal by caller',
  },
  'matrix-hangup': {
    'new ended': '-',
    deciding: '→ ended | finish normal by caller',
    preparing: '→ ended | closeMedia | finish normal by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 16 | closeMedia | finish normal by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 16 | closeMedia | finish normal by caller',
  },
  'matrix-hangup user_hangup': {
    'new ended': '-',
    deciding: '→ ended | finish normal by caller',
    preparing: '→ ended | closeMedia | finish normal by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 16 | closeMedia | finish normal by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 16 | closeMedia | finish normal by caller',
  },
  'matrix-hangup invite_timeout': {
    'new ended': '-',
    deciding: '→ ended | notice no-answer | finish ring-timeout by caller',
    preparing: '→ ended | notice no-answer | closeMedia | finish ring-timeout by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 19 | notice no-answer | closeMedia | finish ring-timeout by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 19 | notice no-answer | closeMedia | finish ring-timeout by caller',
  },
  'matrix-hangup ice_failed': {
    'new ended': '-',
    deciding: '→ ended | notice media-never | finish media-never by caller',
    preparing: '→ ended | notice media-never | closeMedia | finish media-never by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 41 | notice media-never | closeMedia | finish media-never by caller',
    transferring: '~',
    referred:
      '→ ended | cancelTransfer | hangupSip 41 | notice media-never | closeMedia | finish media-never by caller',
  },
  'matrix-hangup unheard of': {
    'new ended': '-',
    deciding: '→ ended | finish normal by caller',
    preparing: '→ ended | closeMedia | finish normal by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 16 | closeMedia | finish normal by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 16 | closeMedia | finish normal by caller',
  },
  'matrix-offer': {
    'new deciding preparing calling ringing answering-early answering ended': '-',
    'early connecting talking transferring referred': '~ | renegotiateMatrix reoffer',
  },
  'matrix-reanswer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-muted': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-replaces': {
    'new transferring ended': '-',
    deciding: '→ ended | rejectMatrix user_hangup | notice transfer-too-early | finish transfer-too-early by caller',
    preparing:
      '→ ended | rejectMatrix user_hangup | notice transfer-too-early | closeMedia | finish transfer-too-early by caller',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 16 | rejectMatrix user_hangup | notice transfer-too-early | closeMedia | finish transfer-too-early by caller',
    'early connecting':
      '→ ended | hangupSip 16 | hangupMatrix user_hangup | notice transfer-too-early | closeMedia | finish transfer-too-early by caller',
    talking: '→ transferring | startTransfer R2',
    referred:
      '→ ended | cancelTransfer | hangupSip 16 | hangupMatrix user_hangup | notice transfer-too-early | closeMedia | finish transfer-too-early by caller',
  },
  'matrix-left': {
    'new ended': '-',
    deciding: '→ ended | finish room-left by caller',
    preparing: '→ ended | closeMedia | finish room-left by caller',
    'calling ringing answering-early early answering connecting talking':
      '→ ended | hangupSip 16 | closeMedia | finish room-left by caller',
    transferring: '~',
    referred: '→ ended | cancelTransfer | hangupSip 16 | closeMedia | finish room-left by caller',
  },
  'sip-provisional 100': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'sip-provisional 180': {
    'new deciding preparing ringing answering-early answering connecting talking transferring referred ended': '-',
    calling: '→ ringing',
    early: '= | startRingback',
  },
  'sip-provisional 183 sdp': {
    'new deciding preparing answering connecting talking transferring referred ended': '-',
    calling: '→ ringing | acceptEarlyMedia early a',
    'ringing answering-early early': '= | acceptEarlyMedia early a',
  },
  'sip-provisional 199': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'sip-answered': {
    'new deciding preparing answering connecting talking transferring referred ended': '-',
    'calling ringing': '→ answering | prepareMatrixAnswer final answer | setTimer longest-call 3600000',
    'answering-early': '→ answering | acceptFinalMedia answer a | setTimer longest-call 3600000',
    early: '→ connecting | stopRingback | acceptFinalMedia answer a | setTimer longest-call 3600000',
  },
  'sip-failed 486': {
    'new deciding preparing ended': '-',
    'calling ringing answering-early answering':
      '→ ended | rejectMatrix user_busy | notice line-busy | closeMedia | finish line-busy by callee',
    'early connecting talking':
      '→ ended | hangupMatrix user_busy | notice line-busy | closeMedia | finish line-busy by callee',
    transferring:
      '→ ended | cancelTransfer | hangupMatrix user_busy | notice line-busy | closeMedia | finish line-busy by callee',
    referred: '~',
  },
  'sip-failed 503': {
    'new deciding preparing ended': '-',
    'calling ringing answering-early answering':
      '→ ended | rejectMatrix unknown_error | notice trunk-unreachable | closeMedia | finish trunk-unreachable by network',
    'early connecting talking':
      '→ ended | hangupMatrix unknown_error | notice trunk-unreachable | closeMedia | finish trunk-unreachable by network',
    transferring:
      '→ ended | cancelTransfer | hangupMatrix unknown_error | notice trunk-unreachable | closeMedia | finish trunk-unreachable by network',
    referred: '~',
  },
  'sip-ended 16': {
    'new deciding preparing ended': '-',
    'calling ringing answering-early answering':
      '→ ended | rejectMatrix user_hangup | notice ended-at-once | closeMedia | finish ended-at-once by callee',
    'early connecting talking': '→ ended | hangupMatrix user_hangup | closeMedia | finish normal by callee',
    transferring: '→ ended | cancelTransfer | hangupMatrix user_hangup | closeMedia | finish normal by callee',
    referred: '~',
  },
  'sip-ended lost': {
    'new deciding preparing ended': '-',
    'calling ringing answering-early answering':
      '→ ended | rejectMatrix unknown_error | notice connection-lost | closeMedia | finish connection-lost by network',
    'early connecting talking':
      '→ ended | hangupMatrix unknown_error | notice connection-lost | closeMedia | finish connection-lost by network',
    transferring:
      '→ ended | cancelTransfer | hangupMatrix unknown_error | notice connection-lost | closeMedia | finish connection-lost by network',
    referred: '~',
  },
  'sip-reoffer': {
    'new deciding preparing ended': '= | refuseSipReoffer 7 500',
    'calling ringing answering-early early answering connecting talking transferring':
      '~ | answerSipReoffer 7 reoffer sendrecv',
    referred: '= | refuseSipReoffer 7 491',
  },
  'sip-reoffer late': {
    'new deciding preparing ended': '= | refuseSipReoffer 7 500',
    'calling ringing answering-early early answering connecting talking transferring':
      '~ | answerSipReoffer 7 sendrecv',
    referred: '= | refuseSipReoffer 7 491',
  },
  'sip-identity': {
    'new deciding ended': '-',
    'preparing calling ringing answering-early answering': '~',
    'early connecting talking transferring referred': '= | assertIdentity Bob',
  },
  'sip-refer': {
    'new deciding preparing calling ringing answering-early early answering connecting transferring referred ended':
      '= | refuseReferral 8 603',
    talking: '→ referred | startReferral 8',
  },
  'sip-replacement': {
    'new deciding preparing calling ringing answering-early early answering connecting transferring referred ended':
      '= | refuseReplacement 9',
    talking: '→ referred | takeReplacement 9',
  },
  'sip-dtmf': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'webrtc-closed': {
    'new deciding ended': '-',
    'preparing calling ringing answering-early early answering connecting talking referred': '~ | setTimer left 5000',
    transferring: '~',
  },
  'transfer-done': {
    'new deciding preparing calling ringing answering-early early answering connecting talking referred ended': '-',
    transferring:
      '→ ended | handOver sendrecv sendrecv | hangupMatrix user_hangup | notice transferred | finish transferred by caller',
  },
  'transfer-failed': {
    'new deciding preparing calling ringing answering-early early answering connecting talking ended': '-',
    transferring: '→ talking | rejectReplacement R failed_call | notice transfer-failed | notice line-busy',
    referred: '→ talking | reofferSip sendrecv',
  },
  'telephone-replaced': {
    'new deciding preparing calling ringing answering-early early answering connecting transferring ended': '-',
    talking: '= | assertIdentity Bob',
    referred: '→ talking | assertIdentity Bob',
  },
  'webrtc-connected': {
    'new deciding talking transferring referred ended': '-',
    'preparing calling ringing answering-early answering': '~',
    early: '~ | clearTimer connect',
    connecting: '→ talking | clearTimer connect | pressKeys ,12',
  },
  'webrtc-failed': {
    'new deciding ended': '-',
    preparing: '→ ended | rejectMatrix ice_failed | notice media-never | closeMedia | finish media-never by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 41 | rejectMatrix ice_failed | notice media-never | closeMedia | finish media-never by gateway',
    'early connecting':
      '→ ended | hangupSip 41 | hangupMatrix ice_failed | notice media-never | closeMedia | finish media-never by gateway',
    talking:
      '→ ended | hangupSip 41 | hangupMatrix ice_failed | notice media-lost | closeMedia | finish media-lost by gateway',
    transferring: '~',
    referred:
      '→ ended | cancelTransfer | hangupSip 41 | hangupMatrix ice_failed | notice media-lost | closeMedia | finish media-lost by gateway',
  },
  'early-audio 499': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'early-audio 500': {
    'new deciding preparing calling answering-early early answering connecting talking transferring referred ended':
      '-',
    ringing: '→ answering-early | prepareMatrixAnswer',
  },
  'media-dtmf': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-timeout rtp': {
    'new deciding preparing calling ringing answering-early early referred ended': '-',
    answering:
      '→ ended | hangupSip 41 | rejectMatrix ice_timeout | notice media-lost | closeMedia | finish media-lost by gateway',
    'connecting talking':
      '→ ended | hangupSip 41 | hangupMatrix ice_timeout | notice media-lost | closeMedia | finish media-lost by gateway',
    transferring:
      '→ ended | cancelTransfer | hangupSip 41 | hangupMatrix ice_timeout | notice media-lost | closeMedia | finish media-lost by gateway',
  },
  'media-timeout webrtc': {
    'new deciding preparing calling ringing answering-early answering ended': '-',
    'early connecting talking':
      '→ ended | hangupSip 41 | hangupMatrix ice_timeout | notice media-lost | closeMedia | finish media-lost by gateway',
    transferring: '~',
    referred:
      '→ ended | cancelTransfer | hangupSip 41 | hangupMatrix ice_timeout | notice media-lost | closeMedia | finish media-lost by gateway',
  },
  'engine-failed': {
    'new deciding ended': '-',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 31 | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'early connecting talking':
      '→ ended | hangupSip 31 | hangupMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 31 | hangupMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
  },
  'decided allow': {
    'new preparing calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    deciding: '→ preparing | prepare offer early',
  },
  'decided refuse': {
    'new preparing calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    deciding: '→ ended | rejectMatrix user_busy | notice room-busy | finish room-busy by gateway',
  },
  'decided not-ours': {
    'new preparing calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    deciding: '→ ended | finish not-ours by gateway',
  },
  prepared: {
    'new deciding calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    preparing: '→ calling | placeSip 0 rtp',
  },
  'matrix-answer-ready': {
    'new deciding preparing calling ringing early connecting talking transferring referred ended': '-',
    'answering-early':
      '→ early | clearTimer lifetime | answerMatrix answer | connectMedia | setTimer connect 30000 | notice early-media',
    answering: '→ connecting | clearTimer lifetime | answerMatrix answer | connectMedia | setTimer connect 30000',
  },
  'matrix-renegotiated': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-reoffer-ready': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'sip-renegotiated': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'sip-reoffer-answered': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'sip-reoffer-failed': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed prepare': {
    'new deciding calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice client-offer-unusable | closeMedia | finish client-offer-unusable by gateway',
  },
  'media-failed candidates': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed early-media': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed matrix-answer': {
    'new deciding ended': '-',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice no-common-codec | closeMedia | finish no-common-codec by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 88 | rejectMatrix unknown_error | notice no-common-codec | closeMedia | finish no-common-codec by gateway',
    'early connecting talking':
      '→ ended | hangupSip 88 | hangupMatrix unknown_error | notice no-common-codec | closeMedia | finish no-common-codec by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 88 | hangupMatrix unknown_error | notice no-common-codec | closeMedia | finish no-common-codec by gateway',
  },
  'media-failed final-media': {
    'new deciding ended': '-',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 41 | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'early connecting talking':
      '→ ended | hangupSip 41 | hangupMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 41 | hangupMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
  },
  'media-failed matrix-renegotiation': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed matrix-reoffer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed matrix-reanswer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'media-failed sip-reoffer': {
    'new deciding ended': '-',
    'preparing calling ringing answering-early early answering connecting talking transferring referred':
      '= | refuseSipReoffer 7 488',
  },
  'matrix-send-failed answer': {
    'new deciding preparing calling ringing answering-early answering talking transferring referred ended': '-',
    'early connecting':
      '→ ended | hangupSip 31 | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
  },
  'matrix-send-failed reject': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed hangup': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed reanswer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed reoffer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed notice': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed invite': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed select-answer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed identity': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'matrix-send-failed replacement': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'gateway-failed': {
    'new calling ringing answering-early early answering connecting talking transferring referred ended': '-',
    deciding: '→ ended | rejectMatrix unknown_error | notice gateway-problem | finish gateway-problem by gateway',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
  },
  'timer lifetime': {
    'new early connecting talking transferring referred ended': '-',
    deciding: '→ ended | rejectMatrix invite_timeout | notice no-answer | finish ring-timeout by gateway',
    preparing: '→ ended | rejectMatrix invite_timeout | notice no-answer | closeMedia | finish ring-timeout by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 19 | rejectMatrix invite_timeout | notice no-answer | closeMedia | finish ring-timeout by gateway',
  },
  'timer connect': {
    'new deciding preparing calling ringing answering-early answering talking transferring referred ended': '-',
    'early connecting':
      '→ ended | hangupSip 41 | hangupMatrix ice_failed | notice media-never | closeMedia | finish media-never by gateway',
  },
  'timer reanswer': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'timer left': {
    'new deciding preparing calling ringing answering-early early answering connecting talking transferring referred ended':
      '-',
  },
  'timer longest-call': {
    'new deciding preparing calling ringing answering-early early ended': '-',
    answering:
      '→ ended | hangupSip 16 | rejectMatrix user_hangup | notice longest-call | closeMedia | finish longest-call by gateway',
    'connecting talking':
      '→ ended | hangupSip 16 | hangupMatrix user_hangup | notice longest-call | closeMedia | finish longest-call by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 16 | hangupMatrix user_hangup | notice longest-call | closeMedia | finish longest-call by gateway',
  },
  shutdown: {
    'new ended': '-',
    deciding: '→ ended | rejectMatrix unknown_error | notice gateway-stopping | finish gateway-stopping by gateway',
    preparing:
      '→ ended | rejectMatrix unknown_error | notice gateway-stopping | closeMedia | finish gateway-stopping by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 31 | rejectMatrix unknown_error | notice gateway-stopping | closeMedia | finish gateway-stopping by gateway',
    'early connecting talking':
      '→ ended | hangupSip 31 | hangupMatrix unknown_error | notice gateway-stopping | closeMedia | finish gateway-stopping by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 31 | hangupMatrix unknown_error | notice gateway-stopping | closeMedia | finish gateway-stopping by gateway',
  },
  'credit-low': {
    'new deciding ended': '-',
    'preparing calling ringing answering-early early answering connecting': '~ | notice credit-low',
    'talking transferring referred': '= | notice credit-low | beep',
  },
  'credit-used-up': {
    'new ended': '-',
    deciding: '→ ended | rejectMatrix user_hangup | notice credit-used-up | finish credit-used-up by gateway',
    preparing:
      '→ ended | rejectMatrix user_hangup | notice credit-used-up | closeMedia | finish credit-used-up by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 16 | rejectMatrix user_hangup | notice credit-used-up | closeMedia | finish credit-used-up by gateway',
    'early connecting talking':
      '→ ended | hangupSip 16 | hangupMatrix user_hangup | notice credit-used-up | closeMedia | finish credit-used-up by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 16 | hangupMatrix user_hangup | notice credit-used-up | closeMedia | finish credit-used-up by gateway',
  },
  'end-now': {
    'new ended': '-',
    deciding:
      '→ ended | rejectMatrix user_hangup | notice ended-by-administrator | finish ended-by-administrator by gateway',
    preparing:
      '→ ended | rejectMatrix user_hangup | notice ended-by-administrator | closeMedia | finish ended-by-administrator by gateway',
    'calling ringing answering-early answering':
      '→ ended | hangupSip 16 | rejectMatrix user_hangup | notice ended-by-administrator | closeMedia | finish ended-by-administrator by gateway',
    'early connecting talking':
      '→ ended | hangupSip 16 | hangupMatrix user_hangup | notice ended-by-administrator | closeMedia | finish ended-by-administrator by gateway',
    'transferring referred':
      '→ ended | cancelTransfer | hangupSip 16 | hangupMatrix user_hangup | notice ended-by-administrator | closeMedia | finish ended-by-administrator by gateway',
  },
};
