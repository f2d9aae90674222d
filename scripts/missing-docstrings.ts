// Finds what a package exports without a docstring: each name of its `index.ts`, and each member of its types.
import { existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Sentences, one for each exported name or member of an exported type that has no docstring. */
export function missingDocstrings(root: string, packageDirs: readonly string[]): string[] {
  const entries = packageDirs.map((dir) => path.join(dir, 'src', 'index.ts')).filter((file) => existsSync(file));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  return entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) return [];
    const packageDir = path.dirname(path.dirname(entry));
    return checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return missingOf(symbol, packageDir).map(
        (name) => `${path.relative(root, packageDir)} exports ${name} without a docstring`,
      );
    });
  });
}

/** Names without a docstring: the symbol itself and its members, where this package declares them. */
function missingOf(symbol: ts.Symbol, packageDir: string): string[] {
  const declarations = (symbol.declarations ?? []).filter((node) => isOwn(node, packageDir));
  if (declarations.length === 0) return [];
  const missing = isDocumented(declarations) ? [] : [symbol.name];
  const members = declarations.flatMap(membersOf).map((member) => ({ name: member.name?.getText() ?? '', member }));
  const byName = new Map<string, ts.Node[]>();
  for (const { name, member } of members) byName.set(name, [...(byName.get(name) ?? []), member]);
  return [
    ...missing,
    ...[...byName].filter(([, nodes]) => !isDocumented(nodes)).map(([name]) => `${symbol.name}.${name}`),
  ];
}

function isOwn(node: ts.Node, packageDir: string): boolean {
  return node.getSourceFile().fileName.startsWith(`${packageDir}${path.sep}`);
}

/** Whether one of the declarations (an overload has several) carries a JSDoc comment. */
function isDocumented(nodes: readonly ts.Node[]): boolean {
  return nodes.some((node) => {
    const carrier = ts.isVariableDeclaration(node) ? node.parent.parent : node;
    return ts.getJSDocCommentsAndTags(carrier).length > 0;
  });
}

/** The members that a reader of the declaration may use: properties and methods, of unions' object types too. */
function membersOf(node: ts.Node): (ts.TypeElement | ts.ClassElement)[] {
  if (ts.isInterfaceDeclaration(node)) return [...node.members].filter(isNamed);
  if (ts.isTypeAliasDeclaration(node)) return literalMembers(node.type);
  if (ts.isClassDeclaration(node)) return node.members.filter((member) => isNamed(member) && !isHidden(member));
  return [];
}

function literalMembers(type: ts.TypeNode): ts.TypeElement[] {
  if (ts.isTypeLiteralNode(type)) return [...type.members].filter(isNamed);
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap(literalMembers);
  return [];
}

function isNamed(member: ts.TypeElement | ts.ClassElement): boolean {
  return member.name !== undefined;
}

/** A private member, or one that a symbol of the language names (`[Symbol.asyncDispose]`). */
function isHidden(member: ts.ClassElement): boolean {
  const hidden = ts.SyntaxKind.PrivateKeyword;
  return (
    (member.name !== undefined && (ts.isPrivateIdentifier(member.name) || ts.isComputedPropertyName(member.name))) ||
    (ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some(({ kind }) => kind === hidden))
  );
}
