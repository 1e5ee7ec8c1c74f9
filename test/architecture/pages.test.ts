import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSourceTree } from "../../infra/check/source-tree.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { texts } = await readSourceTree(root);
const pages = texts.filter((one) => one.path.endsWith(".md"));

/** The anchors that a page's headings have on GitHub. */
function anchors(file: string): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function isDead(page: string, link: string): boolean {
  const [target = "", anchor] = link.split("#");
  const file = target === "" ? path.join(root, page) : path.resolve(root, page, "..", target);
  return !existsSync(file) || (anchor !== undefined && !anchors(file).includes(anchor));
}

describe("the pages", () => {
  it.each(pages.map((one) => one.path))("%s has no dead link", (page) => {
    const text = pages.find((one) => one.path === page)?.text ?? "";
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const inside = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(inside.filter((link) => isDead(page, link))).toEqual([]);
  });

  it("of infra are all linked from its README", () => {
    const readme = pages.find((one) => one.path === "infra/README.md")?.text ?? "";
    const guide = pages.filter((one) => one.path.startsWith("infra/guide/"));
    expect(guide.length).toBeGreaterThan(0);
    for (const { path: page } of guide) expect(readme).toContain(`(${page.slice("infra/".length)}`);
  });
});
