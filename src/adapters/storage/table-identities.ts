import type { Identities, SecretlessIdentity } from "../../ports/identities.ts";
import { type Entities, textOf } from "./entities.ts";
import { encodePart } from "./table-keys.ts";

const partition = "identity";

/** Workload identities in one table: row = principal. */
export class TableIdentities implements Identities {
  readonly #table: Entities;
  readonly #noted = new Map<string, string>();

  constructor(table: Entities) {
    this.#table = table;
  }

  async note(principal: string, identity: SecretlessIdentity): Promise<void> {
    const { tenantId, clientId } = identity;
    const additionalTenants = identity.additionalTenants.join(",");
    const properties = { tenantId, clientId, additionalTenants };
    const content = JSON.stringify(properties);
    if (this.#noted.get(principal) === content) return;
    const rowKey = encodePart(principal);
    await this.#table.write(partition, [{ kind: "put", rowKey, properties }]);
    this.#noted.set(principal, content);
  }

  async find(principal: string): Promise<SecretlessIdentity | undefined> {
    const entity = await this.#table.get(partition, encodePart(principal));
    if (entity === undefined) return undefined;
    const additional = textOf(entity, "additionalTenants");
    return {
      tenantId: textOf(entity, "tenantId"),
      clientId: textOf(entity, "clientId"),
      additionalTenants: additional === "" ? [] : additional.split(","),
    };
  }
}
