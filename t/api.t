# The commands of docs/api.md run as they stand there, and have the answers that
# it says; nginx takes its configurations, and they do what it says of them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew);

my $t = Trade->new;
my $page = slurp("$Trade::root/docs/api.md");
my @blocks = $page =~ /((?:^    .*\n|^\n(?=    ))+)/mg;
s/^    //mg for @blocks;

my $kafka = $t->kafka;

# The commands, in one shell: the statuses that curl gets, and those of the page.

my $n = $t->nginx(<<'EOF', A => $t->redis('a')->address, B => $t->redis('b')->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; server %%B%% name=b; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $commands = join '', grep { /^(?:shop=|curl|order=)/m } @blocks;
my @says = $commands =~ /# (\d{3})$/mg;
my $port = $n->port;
$commands =~ s/127\.0\.0\.1:8080/127.0.0.1:$port/;
$commands =~ s/curl -si/curl -so body -w '%{http_code}\\n'/g;
$commands =~ s/^\{"type".*?\}\]\}\n//gms;
spew($t->dir . '/commands', $commands);
my $p = Trade::Process->new(log => $t->dir . '/said', cwd => $t->dir, command => ['sh', '-eu', 'commands']);
$p->wait_end(300) or die "the commands do not end\n";
is($p->{status}, 0, 'the commands run');
cmp_ok(scalar @says, '>', 12, 'the page says the answers of its commands');
is_deeply([split /\n/, slurp($t->dir . '/said')], \@says, 'they are what the gateway answers');

# The configurations

my @confs = grep { /^server \{/m } @blocks;
is(scalar @confs, 2, 'the page has configurations');
my @ports = map { free_port() } @confs;
s/listen \d+;/"listen 127.0.0.1:" . shift(@ports) . ';'/e for @confs;
my ($cors, $limit) = map { /listen 127\.0\.0\.1:(\d+)/ } @confs;
my $c = $t->nginx(<<'EOF', A => $t->redis('c')->address, KAFKA => $kafka->address, CONFS => join('', @confs))->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
%%CONFS%%
    server {
        listen 127.0.0.1:%%PORT%%;
        location /trade { trade_status; }
    }
}
EOF

sub answer_of {
    my ($at, @args) = @_;
    my $said = qx(curl -si @args http://127.0.0.1:$at/v1/orders);
    return { status => $said =~ m{^HTTP/1\.1 (\d+)} ? $1 : '', text => $said };
}
my $origin = "-H 'Origin: https://shop.example'";
my $r = answer_of($cors, '-X OPTIONS', $origin);
is($r->{status}, 204, 'a preflight is answered');
like($r->{text}, qr{^Access-Control-Allow-Origin: https://shop\.example\r}m, 'it allows the origin');
$r = answer_of($cors, "-X POST -H 'Content-Type: application/json' -d '{}'", $origin);
is($r->{status}, 422, 'an order of another origin is read');
like($r->{text}, qr{^Access-Control-Allow-Origin: https://shop\.example\r}m, 'its answer allows the origin');
unlike(answer_of($cors, '-X OPTIONS', "-H 'Origin: https://evil.example'")->{text}, qr/Allow-Origin/,
    'a strange origin is not allowed');
my @r = map { answer_of($limit, "-X POST -H 'Content-Type: application/json' -d '{}'") } 1 .. 30;
my ($many) = grep { $_->{status} eq '429' } @r;
ok($many, 'the rate is limited');
like($many->{text}, qr{^Content-Type: application/problem\+json\r.*"status":429}ms, 'the refusal of the limit is JSON');

$t->done;
