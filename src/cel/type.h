// The types of the expression language, as the checker sees them: immutable and cheap to copy. Used by the
// environment (what a variable is), by the declarations of the library and by whoever asks a program for
// its type. Type variables (`A`) occur only in declarations; values know their kind, not their type.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::cel {

enum class TypeKind : std::uint8_t {
  dyn, boolean, int64, uint64, float64, string, bytes, null, timestamp, duration, type, ip, cidr,
  list, map, optional, variable, error,
};

class Type {
 public:
  Type() : Type(dyn()) {}
  static Type dyn() { return of(TypeKind::dyn); }
  static Type boolean() { return of(TypeKind::boolean); }
  static Type int64() { return of(TypeKind::int64); }
  static Type uint64() { return of(TypeKind::uint64); }
  static Type float64() { return of(TypeKind::float64); }
  static Type string() { return of(TypeKind::string); }
  static Type bytes() { return of(TypeKind::bytes); }
  static Type null() { return of(TypeKind::null); }
  static Type timestamp() { return of(TypeKind::timestamp); }
  static Type duration() { return of(TypeKind::duration); }
  static Type type() { return of(TypeKind::type); }
  static Type ip() { return of(TypeKind::ip); }
  static Type cidr() { return of(TypeKind::cidr); }
  static Type error() { return of(TypeKind::error); }  // Already complained about; fits everywhere.
  static Type of(TypeKind kind);  // One without parameters.
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type optional(Type inner);
  static Type variable(std::uint32_t number);

  // `map(string,list(int))`, as name() writes it; single capital letters are type variables.
  static Result<Type> parse(std::string_view text);

  TypeKind kind() const { return shape_->kind; }
  std::string name() const;
  std::uint32_t number() const { return shape_->number; }                   // Of a variable.
  const std::vector<Type>& parameters() const { return shape_->parameters; }
  const Type& parameter(std::size_t i) const { return shape_->parameters.at(i); }
  bool is_dyn() const { return kind() == TypeKind::dyn || kind() == TypeKind::error; }
  bool operator==(const Type& other) const;

  // May a value of type `other` stand where this type is wanted? dyn goes both ways.
  bool assignable(const Type& other) const;

 private:
  struct Shape {
    TypeKind kind;
    std::uint32_t number;
    std::vector<Type> parameters;
  };
  explicit Type(std::shared_ptr<const Shape> shape) : shape_(std::move(shape)) {}
  static Type composite(TypeKind kind, std::vector<Type> parameters);

  std::shared_ptr<const Shape> shape_;
};

// The name of a simple type or constructor in the language: `int`, `list`, `google.protobuf.Timestamp`.
std::string_view name_of(TypeKind kind);

}  // namespace claw::cel
