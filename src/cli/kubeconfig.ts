import { KubeConfig } from "@kubernetes/client-node";
import { errorMessage } from "../core/errors.ts";

/** A kubeconfig file with its context chosen, or what is wrong with it. A YAML error quotes lines, which may hold a token. */
export function loadKubeconfig(file: string, context: string | undefined): KubeConfig | string {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    const quotes = error instanceof Error && error.name === "YAMLException";
    return quotes ? "it is not valid YAML" : errorMessage(error);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() !== null) return config;
  return `context "${config.getCurrentContext()}" names no cluster`;
}
