# Each target of the Makefile works as the first one in a clean clone, and does
# what it is for: all of them are run here for a moment.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(make_path remove_tree);
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew);

my $t = Trade->new;
my $dir = $t->dir;
my $copy = "$dir/copy";
my $bin = "$dir/bin";

make_path($copy, $bin);
system("cd $Trade::root && tar -cf - --exclude=./build --exclude=./.git . "
    . "| tar -xf - -C $copy") == 0 or die "no copy\n";

# The exit code of make, and what was said.
sub make {
    my ($in, $env, @args) = @_;
    my $p = Trade::Process->new(log => "$dir/make.log", cwd => $in,
        command => ['make', '--no-print-directory', @args],
        env => { MAKEFLAGS => '', MFLAGS => '', MAKELEVEL => '', %$env });
    $p->wait_end(900) or die "make @args does not end\n";
    my $said = slurp($p->{log});
    unlink $p->{log};
    return ($p->{status} >> 8, $said);
}

my ($phony) = slurp("$Trade::root/Makefile") =~ /^\.PHONY: ((?:.*\\\n)*.*)/m;
my @targets = grep { !/^(?:\\|FORCE)$/ } split ' ', $phony;
ok(@targets > 20, 'the Makefile has targets');

# As the first one, with stand-ins for compilers and for what is run: they want
# each file to be there that they are given, each folder to write to, and each
# program that a script starts.

sub stub {
    my ($name, $text) = @_;
    spew("$bin/$name", $text);
    chmod 0755, "$bin/$name";
}

stub($_, <<'EOF') for qw(cc gcc clang ar);
#!/bin/sh
out=
case $0 in */ar) out=$2 ;; esac
while [ $# -gt 0 ]; do
    case $1 in
    -print-file-name=*) echo "${1#*=}"; exit ;;
    -o) out=$2; shift ;;
    -*) ;;
    *.c|*.o) [ -e "$1" ] || { echo "there is no $1" >&2; exit 1; } ;;
    esac
    shift
done
[ -z "$out" ] && exit
printf '#!/bin/sh\n' > "$out" && { [ -c "$out" ] || chmod +x "$out"; }
EOF

stub($_, "#!$^X\n" . <<'EOF') for qw(perl prove);
use strict;
my %seen;
sub look {
    my ($file, $whose) = @_;
    return if $seen{$file}++;
    open my $f, '<', $file or die "there is no $file ($whose)\n";
    local $/;
    my $text = <$f>;
    for my $name ($text =~ m{\$ENV\{TRADE_OUT\}/([\w./]+)}g) {
        -e "$ENV{TRADE_OUT}/$name" or die "there is no $name ($file)\n"
            if $name !~ /\.(?:so|h)$/;
    }
    return if $file =~ m{^tools/};          # these use a part of the modules
    look('t/lib/' . s{::}{/}gr . '.pm', $file) for $text =~ /^use (Trade::\w+)/mg;
}
exit if grep { /^-[cn]$/ } @ARGV;
look($_, 'the command line') for grep { /^(?:t|build|bench|tools)\// } @ARGV;
EOF

my $src = "$dir/src";
mkdir $src;
spew("$src/configure", <<'EOF');
#!/bin/sh
mkdir objs
cat > objs/Makefile <<END
ALL_INCS = -I src/core

modules binary:
	touch objs/ngx_trade_module.so objs/ngx_trade_hash_module.so
	printf '#!/bin/sh\necho --modules-path=/m >&2\n' > objs/nginx
	chmod +x objs/nginx
END
EOF
chmod 0755, "$src/configure";

my %env = (PATH => "$bin:$ENV{PATH}", DESTDIR => "$dir/dest", SEEDS => 1,
    TRADE_KAFKA => '', TRADE_OUT => '', TRADE_MODULE => '', FUZZ_SECONDS => 1);
my %elsewhere = (deps => 'installs packages', peers => 'installs packages');

for my $target (grep { !$elsewhere{$_} } @targets) {
    remove_tree("$copy/build");
    my ($code, $said) = make($copy, \%env, "NGINX_SRC=$src", "CC=$bin/cc",
        'BUILD=release', $target eq 'test' ? 'TESTS=' . join(' ',
        map { s{.*/(?=t/)}{}r } glob "$copy/t/*.t") : (), $target);
    is($code, 0, "make $target works in a clean clone") or diag($said);
}
remove_tree("$copy/build");

# For a moment each, in this tree, on one broker.

local $ENV{TRADE_KAFKA} = $t->kafka->address;

my %quick = (ROUNDS => 1, SECONDS => 1, CONNECTIONS => 4, ORDERS => 1, PEERS => 'none');
my $clang = !system('clang --version > /dev/null 2>&1');
my $valgrind = !$ENV{TRADE_PRELOAD} && !system('valgrind --version > /dev/null 2>&1');
my @runs = (
    # target, what it prints, environment and variables
    ['simulate', qr/^$|seed/, {}, 'SEEDS=1000'],
    ['mutate', qr/^0 of 1 mutations are not seen$/m, { MUTATE_OPT => '-O0' },
        'MUTATION=release: sold units are freed'],
    ['bench', qr{^one hot SKU\n.*^4 connections .* orders/s.*^gateway .*^sold out, with keys\n.*^sold out, without keys\n.*^bare producer}ms,
        { %quick, RESULTS => "$dir/results" }],
    ['chart', qr/^$/, { RESULTS => "$dir/results", SVG => "$dir/chart.svg" }],
    ['flat', qr/^20 buyers .* 1\.00 .*^50 buyers .*^1 SKUs .*^5 SKUs .*^4 connections .*^8 connections /ms,
        { ROUNDS => 1, SECONDS => 1, BUYERS => '20,50', SKUS => '1,5', CONNECTIONS => '4,8' }],
    ['half', qr{^peak: [1-9]\d* orders/s .*^gateway / bare loop: p50 [\d.]+ \(.*\), p99 }ms, \%quick],
    ['hash', qr{^Zipf 1\.1 .*^trade_hash, bounded .*^A node is added .*^trade_hash, bounded=1\.25 +\d+ requests/s}ms,
        \%quick, 'REQUESTS=4000'],
    ['soak', qr/^orders .*^\d+ +[\d.]+ +\d+ +\d+$/ms, \%quick],
    ['drain', qr{drained alone: \d+/s.*without it: \d+/s}s, \%quick],
    ['carts', qr{two shards: +\d+ orders/s}, \%quick],
    ['outage', qr{stands still: +\d+ orders/s.*is dead: +\d+ orders/s}s, \%quick],
    ['flashsale', qr/^exactly 5 were sold, one each/m, { UNITS => 5, BUYERS => 100,
        CONNECTIONS => 8, OPENS => 1, SECONDS => 3 }],
    ['overload', qr{^at [\d.]+ .* times the load: orders/s of the peak [\d.]+ }m,
        { ROUNDS => 1, SECONDS => 1, BUYERS => 100, CONNECTIONS => 4 }],
    ['lock', qr/^Result: PASS/m, { WAITERS => 50, CONNECTIONS => 50, SECONDS => 1 },
        'LOCK=t/lock_waiters.t t/torture/lock.t'],
    ['torture', qr/^Result: PASS/m, { RELOADS => 1, RATE => 50, REQUESTS => 1, SECONDS => 1 },
        'TORTURE=t/torture/reload.t t/torture/hash.t'],
    ['valgrind', $valgrind && qr/^Result: PASS/m, {}, 'VALGRIND=ring'],
    ['fuzz-run', $clang && qr/^Result: PASS/m, { FUZZ_SECONDS => 1 }],
    ['analyze', $clang && qr/^analyze: ok/m, { ANALYZE => 'lib/trade_str.c' }],
);

for (@runs) {
    my ($target, $prints, $env, @args) = @$_;
    SKIP: {
        skip("what make $target needs is not installed", 1) if !$prints;
        my ($code, $said) = make($Trade::root, $env, @args, variables(), $target);
        ok($code == 0 && $said =~ $prints, "make $target does what it is for")
            or diag("exit code $code\n$said");
    }
}

# demo, serve and stop on ports of their own

my %ports = map { $_ => free_port() } 8080, 7001, 7002, 9092, 9093;
for my $file (qw(nginx.conf shards.conf kafka/server.properties)) {
    my $text = slurp("$copy/conf/$file");
    $text =~ s/:(8080|700[12]|909[23])\b/:$ports{$1}/g;
    spew("$copy/conf/$file", $text);
}

sub stack {
    my ($command) = @_;
    my $p = Trade::Process->new(log => "$dir/stack.log", cwd => $copy,
        command => ['perl', 'tools/stack', $command]);
    $p->wait_end(200) or die "stack $command does not end\n";
    my $said = slurp($p->{log});
    unlink $p->{log};
    return ($p->{status} >> 8, $said);
}

my $url = "http://127.0.0.1:$ports{8080}";
my ($code, $said) = stack('demo');
ok($code == 0 && $said =~ m{^201 Created\n.*^  ce_type: trade\.order\.placed\.v1\n.*stopped again}ms,
    'make demo places orders, and shows them') or diag($said);
($code, $said) = stack('serve');
ok($code == 0 && $said =~ /^running: \Q$url\E, .*\n\z/, 'make serve says where it serves')
    or diag($said);
is(HTTP::Tiny->new->get("$url/trade")->{status}, 200, 'make serve serves requests');
($code, $said) = stack('serve');
ok($code == 1 && $said =~ /^it is running already: .*\n\z/, 'make serve starts it once');
is((stack('stop'))[1], "stopped\n", 'make stop ends it');
is((stack('stop'))[1], "nothing is running\n", 'make stop finds nothing when nothing runs');

# Of the others `make test` has run some before, t/build.t runs install, and
# fuzz is fuzz-run with sanitizers in the module.
my %covered = map { $_ => 1 } keys %elsewhere, (map { $_->[0] } @runs),
    qw(demo serve stop build examples check unit test help clean install fuzz);
is(join(' ', grep { !$covered{$_} } @targets), '', 'no target is forgotten');

$t->done;

# The variables of the make that runs this test.
sub variables {
    return 'BUILD=' . ($ENV{TRADE_OUT} =~ m{/sanitize} ? 'sanitize' : 'release'),
        'NGINX_SRC=' . ($ENV{TRADE_NGINX_SRC} // '');
}
