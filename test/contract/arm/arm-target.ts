import type { ArmCredential } from "../../../src/core/resource/credential.ts";
import type { Arm } from "../../../src/ports/arm.ts";

export type ArmTarget = {
  readonly arm: Arm;
  readonly credential: ArmCredential;
  /** A credential that gets no token; the reason contains `AADSTS7000215`. */
  readonly refused: ArmCredential;
  /** How many tokens were asked for so far. */
  tokensAsked(): number;
  close(): Promise<void>;
};
