import { InMemoryArm } from "../../doubles/in-memory-arm.ts";
import { aCredential, InMemoryTokens } from "../../doubles/in-memory-tokens.ts";
import { describeArm } from "./arm-contract.ts";

describeArm("in-memory double", async () => {
  const tokens = new InMemoryTokens();
  tokens.refused.set("contract/refused", "AADSTS7000215: Invalid client secret provided.");
  return {
    arm: new InMemoryArm({
      tokens,
      operations: {
        "Microsoft.Network/virtualNetworks": { put: { via: "asyncOperation", polls: 2 } },
      },
    }),
    credential: aCredential(),
    refused: aCredential({ source: "contract/refused" }),
    tokensAsked: () => tokens.asked.length,
    close: async () => undefined,
  };
});
