// The walk over one parse tree of the Postgres grammar, as libpg_query writes it in JSON. Only the
// postgres*.cc files include this; everyone else calls read_postgres(). Every kind of node has a row
// (postgres_nodes_table.inc) that names the method which reads it; a kind without a row, and one that
// the raw grammar never makes, leave the text not understood.
#pragma once

#include <simdjson.h>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sql/facts.h"

namespace claw::sql::postgres {

// Statements inside others; an agent's are a handful, and each is judged.
constexpr std::size_t inner_statements_max = 1024;

// Of the enclosing text, which is judged too: an inner statement carries no more than this of it.
constexpr std::size_t inner_text_bytes_max = 4096;

using Tree = simdjson::dom::element;
using Object = simdjson::dom::object;
using Array = simdjson::dom::array;

// What naming a relation means where the walk is now.
enum class Role : std::uint8_t { named, read, write };

class Walk;

struct Row {
  std::string_view kind;
  void (Walk::*visit)(const Row& row, Object node);
  std::string_view verb = {};  // Statements have one.
  Effects effects = {};
};

const Row* row_of(std::string_view kind);                            // Null: no such kind.
const Row* row_of(std::string_view parent, std::string_view field);  // The kind of an untagged field.

// A node, with its kind.
struct Node {
  std::string_view kind;
  Object object;
};

// All that is absent reads as empty: the JSON leaves out empty strings, zeros, false and null.
Array items_of(Object node, std::string_view field);
std::string_view text_of(Object node, std::string_view field);
std::int64_t number_of(Object node, std::string_view field);
bool flag_of(Object node, std::string_view field);
std::optional<Object> object_of(Object node, std::string_view field);
std::optional<Node> node_of(Tree tree);  // With its tag.
std::optional<Node> node_of(Object node, std::string_view field);
std::optional<std::string> literal_of(Tree tree);  // A constant's or a String's text, casts looked through.
std::vector<std::string> parts_of(Tree tree);      // The Strings in a List, a TypeName, an ObjectWithArgs.
Name name_of(std::vector<std::string> parts);

class Walk {
 public:
  Walk(Facts& facts, std::string_view text, unsigned depth) : facts_(facts), text_(text), depth_(depth) {}

  void top_level(Tree statement, std::string_view own_text);

  // The methods that rows name. Generic ones first.
  void through(const Row& row, Object node);  // Nothing of its own: only what is inside.
  void leaf(const Row& row, Object node);     // Nothing inside.
  void never(const Row& row, Object node);    // The raw grammar does not make it.

  // Expressions and clauses (postgres_walk.cc).
  void relation(const Row& row, Object node);
  void column(const Row& row, Object node);
  void indirection(const Row& row, Object node);
  void call(const Row& row, Object node);
  void cast(const Row& row, Object node);
  void locking(const Row& row, Object node);
  void constraint(const Row& row, Object node);
  void like(const Row& row, Object node);
  void column_definition(const Row& row, Object node);
  void index_element(const Row& row, Object node);
  void join(const Row& row, Object node);
  void subselect(const Row& row, Object node);  // and a function in FROM
  void access(const Row& row, Object node);
  void into(const Row& row, Object node);
  void role(const Row& row, Object node);

  // Statements on rows (postgres_dml.cc).
  void select(const Row& row, Object node);
  void insert(const Row& row, Object node);
  void update(const Row& row, Object node);
  void remove(const Row& row, Object node);
  void merge(const Row& row, Object node);
  void merge_when(const Row& row, Object node);
  void on_conflict(const Row& row, Object node);
  void truncate(const Row& row, Object node);
  void copy(const Row& row, Object node);

  // Statements on objects (postgres_ddl.cc).
  void create_as(const Row& row, Object node);
  void view(const Row& row, Object node);
  void rule(const Row& row, Object node);
  void index(const Row& row, Object node);
  void sequence(const Row& row, Object node);
  void named(const Row& row, Object node);  // Its own name is an object; the rest is walked.
  void drop(const Row& row, Object node);
  void alter_table(const Row& row, Object node);
  void alter_object(const Row& row, Object node);  // RENAME, OWNER TO, SET SCHEMA, COMMENT ...
  void trigger(const Row& row, Object node);
  void foreign_server(const Row& row, Object node);
  void import_schema(const Row& row, Object node);
  void composite_type(const Row& row, Object node);
  void grant(const Row& row, Object node);
  void grant_role(const Row& row, Object node);

  // Statements on the session and the server (postgres_session.cc).
  void set(const Row& row, Object node);
  void show(const Row& row, Object node);
  void set_constraints(const Row& row, Object node);
  void transaction(const Row& row, Object node);
  void prepare(const Row& row, Object node);
  void cursor(const Row& row, Object node);
  void discard(const Row& row, Object node);
  void explain(const Row& row, Object node);
  void vacuum(const Row& row, Object node);

  // Code (postgres_body.cc).
  void run_block(const Row& row, Object node);  // DO
  void create_function(const Row& row, Object node);

 private:
  struct Scope {  // The CTE names visible here.
    const Scope* outer = nullptr;
    std::vector<std::string_view> names;
  };

  Statement& now() { return facts_.statements[at_]; }
  void refuse(std::string why);
  void visit(Node node);
  void visit(const Row& parent, std::string_view field, Tree tree);
  void visit_fields(const Row& row, Object node, std::initializer_list<std::string_view> skipped = {});
  void visit_field(const Row& row, Object node, std::string_view field);
  void visit_as(Role role, const Row& row, Object node, std::string_view field);
  void begin(const Row& row, Object node, bool inner);
  std::string own_text(bool inner) const;
  void inner(std::optional<Node> node);  // A statement inside this one, with facts of its own.
  void with(Object node, const std::function<void()>& body);
  bool is_table_expression(Object relation) const;

  void add_alias(Object node);
  void add_whole_rows();

  void add_table(const Name& name, Role role);
  void add_column(std::vector<std::string> parts);
  void add_columns(Array names);  // Strings, or targets of an assignment.
  void add_function(const std::vector<std::string>& parts);
  void add_object(Name name);
  void act_on(std::string_view type, Tree object);  // What DROP, COMMENT and others name.
  void call_specially(std::string_view name, Array arguments);

  // Each reads some code and appends its statements as inner ones; the answer is empty, or why it could not.
  std::string read_inner(std::string_view sql);
  std::string read_code(std::string_view language, std::string_view body);
  std::string read_plpgsql();
  std::string read_plpgsql_node(std::string_view kind, std::string_view field, Tree tree);
  std::string read_plpgsql_text(std::string_view kind, std::string_view field, std::string_view text);

  Facts& facts_;
  std::string_view text_;  // Of the top-level statement being walked.
  unsigned depth_;         // How many strings deep this SQL was found.
  std::size_t top_ = 0;    // Which statement that one is,
  std::size_t at_ = 0;     // and which is being filled.
  Role role_ = Role::named;
  const Scope* scope_ = nullptr;
  std::vector<std::string_view> rows_;     // Of this statement: what may be named as a whole row,
  std::vector<std::string_view> columns_;  // and the columns named without a table.
};

// Reads `sql`, found `depth` strings deep, and appends its statements to `facts`.
void read_into(Facts& facts, std::string_view sql, unsigned depth);

}  // namespace claw::sql::postgres
