// Passkeys: the gateway's options go to the browser, the authenticator's answer goes back, all of it
// base64url. The options are those of Web Authentication Level 3 as JSON; older browsers lack its parser, so
// it is here.
import { Problem } from './api';

interface Descriptor {
  id: string;
  type: string;
  transports?: string[];
}

export interface RequestOptions {
  challenge: string;
  rpId?: string;
  timeout?: number;
  userVerification?: UserVerificationRequirement;
  allowCredentials?: Descriptor[];
}

export interface CreationOptions {
  challenge: string;
  rp: PublicKeyCredentialRpEntity;
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: PublicKeyCredentialParameters[];
  excludeCredentials?: Descriptor[];
  authenticatorSelection?: AuthenticatorSelectionCriteria;
  timeout?: number;
}

export function can_use_passkeys(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && isSecureContext;
}

function bytes_of(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (mark) => mark.charCodeAt(0));
}

function text_of(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function described(list: Descriptor[] | undefined): PublicKeyCredentialDescriptor[] | undefined {
  return list?.map((each) => ({ type: 'public-key', id: bytes_of(each.id) }));
}

export async function assert_passkey(options: RequestOptions) {
  if (!can_use_passkeys()) throw new Problem('this browser has no passkeys here', 'second_factor', 0);
  const publicKey = {
    ...options,
    challenge: bytes_of(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
  const made = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  if (!made) throw new Problem('the passkey was not used', 'second_factor', 0);
  const said = made.response as AuthenticatorAssertionResponse;
  return {
    id: made.id,
    client_data_json: text_of(said.clientDataJSON),
    authenticator_data: text_of(said.authenticatorData),
    signature: text_of(said.signature),
    user_handle: said.userHandle ? text_of(said.userHandle) : null,
  };
}

export async function make_passkey(options: CreationOptions) {
  if (!can_use_passkeys()) throw new Problem('this browser has no passkeys here', 'second_factor', 0);
  const publicKey = {
    ...options,
    challenge: bytes_of(options.challenge),
    user: { ...options.user, id: bytes_of(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
  if (!made) throw new Problem('no passkey was made', 'second_factor', 0);
  const said = made.response as AuthenticatorAttestationResponse;
  return {
    client_data_json: text_of(said.clientDataJSON),
    attestation_object: text_of(said.attestationObject),
  };
}
