// PostgreSQL and TimescaleDB: an INSERT for each batch, on a connection that stays. What is there already, by
// journal, number and time, stays as it is.
#include "audit/export/postgres.h"
#include "exporter/postgres_link.h"
#include "exporter/sink.h"

namespace claw::exporter {

namespace {

constexpr std::uint32_t connect_ms_max = 15'000;
constexpr std::uint32_t insert_ms_max = 60'000;

class Postgres final : public Sink {
 public:
  explicit Postgres(Parts parts)
      : parts_(std::move(parts)),
        insert_(audit::PostgresRows::insert(parts_.settings.table)),
        link_(parts_.loop, {parts_.settings.host, parts_.settings.port, parts_.settings.ca_file}) {}

  void send(const Batch& batch, Done done) override {
    audit::PostgresRows rows;
    for (const Kept& kept : batch.records) rows.add(exported(parts_, kept));
    parameters_ = rows.parameters();
    if (link_.is_connected()) return insert(std::move(done));
    const auto login = parts_.vault.login(parts_.credential);
    if (!login) return done(login.error());
    link_.connect(**login, connect_ms_max, [this, done = std::move(done)](Status connected) mutable {
      if (!connected) return done(std::move(connected).error());
      insert(std::move(done));
    });
  }

 private:
  void insert(Done done) {
    link_.run(insert_, parameters_, insert_ms_max, [done = std::move(done)](Status ran) {
      if (!ran) return done(std::move(ran).error());
      done(Taken{});
    });
  }

  Parts parts_;
  std::string insert_;
  PostgresLink link_;
  std::vector<std::string> parameters_;
};

}  // namespace

std::unique_ptr<Sink> make_postgres(Parts parts) { return std::make_unique<Postgres>(std::move(parts)); }

}  // namespace claw::exporter
