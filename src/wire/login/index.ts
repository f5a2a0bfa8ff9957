export {
  CLIENT_PLUGIN,
  ClientLogin,
  type Claim,
  type ClientLoginOptions,
  type KnownPassword,
  type LoginStep,
} from './client-login.js';
export { accessDenied, CLIENT_TOO_OLD } from './login-errors.js';
export { Password } from './password.js';
export { RsaKey } from './rsa.js';
export { nativeHash, newScramble, provesSha2, sha1Of, sha2Digest } from './scrambles.js';
export { ServerLogin, type LoginAccount, type ServerStep } from './server-login.js';
