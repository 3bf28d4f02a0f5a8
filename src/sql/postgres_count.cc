#include "sql/postgres_count.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <array>
#include <memory>
#include <vector>

#include "base/text.h"

namespace claw::sql {
namespace {

Error unsupported(std::string what) { return {Code::unsupported, std::move(what), {}}; }

// The parts that UPDATE and DELETE have in common.
struct Change {
  PgQuery__RangeVar* relation = nullptr;
  PgQuery__Node** others = nullptr;  // USING, FROM.
  std::size_t other_count = 0;
  PgQuery__Node* where = nullptr;
  PgQuery__WithClause* with = nullptr;
};

Result<Change> change_of(const PgQuery__ParseResult& tree) {
  if (tree.n_stmts != 1 || tree.stmts[0]->stmt == nullptr) return unsupported("not one statement");
  const PgQuery__Node& node = *tree.stmts[0]->stmt;
  Change change;
  if (node.node_case == PG_QUERY__NODE__NODE_DELETE_STMT) {
    const PgQuery__DeleteStmt& statement = *node.delete_stmt;
    change = {statement.relation, statement.using_clause, statement.n_using_clause, statement.where_clause,
              statement.with_clause};
  } else if (node.node_case == PG_QUERY__NODE__NODE_UPDATE_STMT) {
    const PgQuery__UpdateStmt& statement = *node.update_stmt;
    change = {statement.relation, statement.from_clause, statement.n_from_clause, statement.where_clause,
              statement.with_clause};
  } else {
    return unsupported("only UPDATE and DELETE have rows that can be counted before");
  }
  if (change.relation == nullptr) return unsupported("it names no table");
  const bool is_cursor =
      change.where != nullptr && change.where->node_case == PG_QUERY__NODE__NODE_CURRENT_OF_EXPR;
  if (is_cursor) return unsupported("a cursor's row can only be told in its own session");
  return change;
}

// A select made of borrowed nodes and of a few that live here.
class Select {
 public:
  explicit Select(const Change& change) {
    relation_.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
    relation_.range_var = change.relation;
    from_.push_back(&relation_);
    for (std::size_t i = 0; i < change.other_count; ++i) from_.push_back(change.others[i]);
    if (change.other_count == 0) count_.agg_star = true;
    else count_rows_of(*change.relation);
    set_text(name_, name_text_, "count");
    count_.n_funcname = 1;
    count_.funcname = names_.data();
    call_.node_case = PG_QUERY__NODE__NODE_FUNC_CALL;
    call_.func_call = &count_;
    target_.val = &call_;
    column_.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    column_.res_target = &target_;
    select_.n_target_list = 1;
    select_.target_list = columns_.data();
    select_.n_from_clause = from_.size();
    select_.from_clause = from_.data();
    select_.where_clause = change.where;
    select_.with_clause = change.with;
    select_.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
    select_.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
    node_.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    node_.select_stmt = &select_;
    raw_.stmt = &node_;
  }
  Select(const Select&) = delete;
  Select& operator=(const Select&) = delete;

  Result<std::string> text(std::int32_t version) {
    PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
    tree.version = version;
    tree.n_stmts = 1;
    tree.stmts = statements_.data();
    std::string packed(pg_query__parse_result__get_packed_size(&tree), '\0');
    pg_query__parse_result__pack(&tree, reinterpret_cast<std::uint8_t*>(packed.data()));
    const PgQueryDeparseResult written = pg_query_deparse_protobuf({packed.size(), packed.data()});
    Result<std::string> text = written.error == nullptr
                                   ? Result<std::string>(std::string(written.query))
                                   : Result<std::string>(unsupported(printable(written.error->message, 200)));
    pg_query_free_deparse_result(written);
    return text;
  }

 private:
  // A row that several others match is touched once.
  void count_rows_of(const PgQuery__RangeVar& relation) {
    const bool has_alias = relation.alias != nullptr && relation.alias->aliasname != nullptr;
    set_text(table_, table_text_, has_alias ? relation.alias->aliasname : relation.relname);
    set_text(ctid_, ctid_text_, "ctid");
    reference_.n_fields = fields_.size();
    reference_.fields = fields_.data();
    argument_.node_case = PG_QUERY__NODE__NODE_COLUMN_REF;
    argument_.column_ref = &reference_;
    count_.n_args = 1;
    count_.args = arguments_.data();
    count_.agg_distinct = true;
  }

  static void set_text(PgQuery__Node& node, PgQuery__String& holder, const char* text) {
    holder.sval = const_cast<char*>(text);  // The generated structs know no const; packing only reads.
    node.node_case = PG_QUERY__NODE__NODE_STRING;
    node.string = &holder;
  }

  PgQuery__Node relation_ = PG_QUERY__NODE__INIT;
  PgQuery__Node name_ = PG_QUERY__NODE__INIT;
  PgQuery__String name_text_ = PG_QUERY__STRING__INIT;
  PgQuery__Node table_ = PG_QUERY__NODE__INIT;
  PgQuery__String table_text_ = PG_QUERY__STRING__INIT;
  PgQuery__Node ctid_ = PG_QUERY__NODE__INIT;
  PgQuery__String ctid_text_ = PG_QUERY__STRING__INIT;
  PgQuery__ColumnRef reference_ = PG_QUERY__COLUMN_REF__INIT;
  PgQuery__Node argument_ = PG_QUERY__NODE__INIT;
  PgQuery__FuncCall count_ = PG_QUERY__FUNC_CALL__INIT;
  PgQuery__Node call_ = PG_QUERY__NODE__INIT;
  PgQuery__ResTarget target_ = PG_QUERY__RES_TARGET__INIT;
  PgQuery__Node column_ = PG_QUERY__NODE__INIT;
  PgQuery__SelectStmt select_ = PG_QUERY__SELECT_STMT__INIT;
  PgQuery__Node node_ = PG_QUERY__NODE__INIT;
  PgQuery__RawStmt raw_ = PG_QUERY__RAW_STMT__INIT;
  std::vector<PgQuery__Node*> from_;
  std::array<PgQuery__Node*, 1> names_{&name_};
  std::array<PgQuery__Node*, 2> fields_{&table_, &ctid_};
  std::array<PgQuery__Node*, 1> arguments_{&argument_};
  std::array<PgQuery__Node*, 1> columns_{&column_};
  std::array<PgQuery__RawStmt*, 1> statements_{&raw_};
};

}  // namespace

Result<std::string> count_query(const std::string& text) {
  const PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text.c_str());
  const std::unique_ptr<const PgQueryProtobufParseResult, void (*)(const PgQueryProtobufParseResult*)> kept(
      &parsed,
      [](const PgQueryProtobufParseResult* result) { pg_query_free_protobuf_parse_result(*result); });
  if (parsed.error != nullptr) return invalid(printable(parsed.error->message, 200));
  const std::unique_ptr<PgQuery__ParseResult, void (*)(PgQuery__ParseResult*)> tree(
      pg_query__parse_result__unpack(nullptr, parsed.parse_tree.len,
                                     reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data)),
      [](PgQuery__ParseResult* unpacked) { pg_query__parse_result__free_unpacked(unpacked, nullptr); });
  if (tree == nullptr) return unsupported("its tree cannot be read");
  CLAW_TRY(const Change change, change_of(*tree));
  return Select(change).text(tree->version);
}

}  // namespace claw::sql
