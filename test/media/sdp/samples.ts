/** SDP that real clients and trunks send. */

export const lines = (...parts: readonly string[]): string => `${parts.join('\r\n')}\r\n`;

const FINGERPRINT =
  'a=fingerprint:sha-256 23:A3:2E:7B:37:C0:BC:B4:AF:CC:A2:EF:F7:4B:C2:2A:6E:14:3E:E6:60:12:C6:84:7C:8A:C2:41:25:E6:39:1F';

const CHROMIUM_AUDIO = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:b2RD',
  'a=ice-pwd:3lMGZq85Uc4T6Rb27Y+EI5c+',
  'a=ice-options:trickle',
  FINGERPRINT,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=sendrecv',
  'a=msid:e1ee0ec8-bc65-4cfe-82e6-fe92ddb55bc9 01920c57-a909-4c95-91c2-9baa193a5b22',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;usedtx=1;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:4040056348 cname:1OsQ5+04FHKvmDWV',
];

const SESSION = ['v=0', 'o=- 3945165326631271336 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];

/** What Element offers for a voice call: no candidate yet. */
export const ELEMENT_OFFER = lines(...SESSION, 'a=group:BUNDLE 0', 'a=msid-semantic: WMS x', ...CHROMIUM_AUDIO);

/** The same from the video button. */
export const ELEMENT_VIDEO_OFFER = lines(
  ...SESSION,
  'a=group:BUNDLE 0 1',
  ...CHROMIUM_AUDIO,
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:b2RD',
  'a=ice-pwd:3lMGZq85Uc4T6Rb27Y+EI5c+',
  FINGERPRINT,
  'a=setup:actpass',
  'a=mid:1',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
);

/** Credentials and fingerprint on the session level, as Firefox and others write them; a data channel before the audio. */
export const SESSION_LEVEL_OFFER = lines(
  ...SESSION,
  'a=group:BUNDLE data audio',
  'a=ice-ufrag:12345678',
  'a=ice-pwd:3lMGZq85Uc4T6Rb27Y+EI5c+',
  FINGERPRINT,
  'a=setup:passive',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:data',
  'a=sctp-port:5000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 8 0',
  'c=IN IP4 0.0.0.0',
  'a=mid:audio',
  'a=rtcp-mux',
);

/** A plain trunk. */
export const TRUNK_ANSWER = lines(
  'v=0',
  'o=- 1 1 IN IP4 203.0.113.7',
  's=-',
  'c=IN IP4 203.0.113.7',
  't=0 0',
  'm=audio 30008 RTP/AVP 8 0 18 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:18 G729/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
);
