/** Field managers of this controller and of ASO: their writes say nothing about the version a user wrote. */
const fieldManager = "aso-functions";

/** Field managers whose writes are not the user's: ours, and ASO's under all of its names. */
export const ownManagers: readonly string[] = [
  fieldManager,
  "aso-controller",
  "manager",
  "azureserviceoperator",
];
