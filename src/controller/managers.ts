/** Field managers of this controller and of ASO: their writes say nothing about the version a user wrote. */
export const fieldManager = "aso-functions";

export const ownManagers: readonly string[] = [
  fieldManager,
  "aso-controller",
  "manager",
  "azureserviceoperator",
];
