// WeChat's own face verification, second generation: asked for by WeChat's script, decided by its answer to our server.

import { askHere } from './press.js';

// The page is signed for WeChat's script once; without that script we are not inside WeChat.
async function ready() {
  if (!window.wx) throw new NotInWechat();
  const url = window.location.href.split('#')[0];
  const signed = await askHere('GET', `/js-sdk?url=${encodeURIComponent(url)}`);
  await new Promise((done, failed) => {
    window.wx.ready(done);
    window.wx.error(() => failed(new NotInWechat()));
    window.wx.config({
      appId: signed.app_id,
      timestamp: signed.timestamp,
      nonceStr: signed.nonce,
      signature: signed.signature,
      jsApiList: ['requestFacialVerify'],
    });
  });
}

export class NotInWechat extends Error {}

// Returns how the attempt stands after WeChat has looked; what the phone itself says of it counts for nothing.
export async function verify(attempt) {
  await ready();
  const { verify_id: verifyId } = await askHere('POST', `/attempts/${attempt.id}/verify-id`);
  await new Promise((complete) => {
    window.wx.requestFacialVerify({ verifyId, complete });
  });
  return askHere('POST', `/attempts/${attempt.id}/verify-result`);
}
